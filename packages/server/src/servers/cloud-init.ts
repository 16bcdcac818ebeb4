/** What may be handed to cloud-init: nothing that it would pass over in silence. */
import { Failure } from '../errors.ts'
import type { CloudInit } from '../layers/machine.ts'

/** As much as the large clouds take. */
export const USER_DATA_MAX_BYTES = 16 * 1024
export const SSH_KEYS_MAX = 32

/** How user data begins, by what it is: cloud-init goes by its first line. */
const BEGINNINGS =
  /^(#cloud-config|#cloud-boothook|#include|#part-handler|#!|## template: jinja|Content-Type: |MIME-Version: )/

const KEY_TYPES = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]

/** Null where nothing was given. @throws Failure `invalid_request` */
export function cloudInitOf(given: { user_data?: string; ssh_keys?: readonly string[] } | undefined): CloudInit | null {
  if (given === undefined) return null
  const { user_data = null, ssh_keys = [] } = given
  if (user_data !== null) checkUserData(user_data)
  for (const [index, key] of ssh_keys.entries()) checkKey(key.trim(), index + 1)
  if (user_data === null && ssh_keys.length === 0) return null
  return { user_data, ssh_keys: ssh_keys.map(key => key.trim()) }
}

function checkUserData(text: string): void {
  const bytes = Buffer.byteLength(text)
  if (bytes > USER_DATA_MAX_BYTES) {
    throw refused(`user_data has ${bytes} bytes; at most ${USER_DATA_MAX_BYTES} are taken. Have it #include the rest.`)
  }
  if (BEGINNINGS.test(text)) return
  throw refused('user_data must begin as cloud-init wants it: with #cloud-config, #! and the like.')
}

/** One line of an `authorized_keys` file without options: a type, the key itself, perhaps a comment. */
function checkKey(line: string, number: number): void {
  const [, type, key] = /^(\S+) +([A-Za-z0-9+/]+={0,2})( +[\x20-\x7e]*)?$/.exec(line) ?? []
  const bytes = Buffer.from(key ?? '', 'base64')
  // A key begins with its own type, a length before it.
  const length = bytes.length >= 4 ? bytes.readUInt32BE() : 0
  const inside = bytes.subarray(4, 4 + length).toString('latin1')
  if (type !== undefined && KEY_TYPES.includes(type) && inside === type) return
  throw refused(`ssh_keys: number ${number} is no public key as ssh-keygen writes it (${KEY_TYPES[0]} AAAA… comment).`)
}

function refused(message: string): Failure {
  return new Failure('invalid_request', 'What was given for cloud-init cannot be used', {
    fields: { cloud_init: [message] },
  })
}
