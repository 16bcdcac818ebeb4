/**
 * The read-only disk that tells cloud-init who its server is: NoCloud, an ISO 9660 file system labelled `cidata` with
 * meta-data, user-data and vendor-data (docs.cloud-init.io, "NoCloud"). What cloud-init has done for an instance id it
 * does not do again, so the disk may be written anew at each start; for a new id it makes ssh host keys and the host's
 * name anew by itself, and runs the vendor's script once.
 */
import { join } from 'node:path'
import { Failure } from '../../errors.ts'
import type { Seed } from '../driver.ts'
import { type Host, isRefusal } from './host.ts'
import type { MachinePaths } from './paths.ts'

/**
 * What cloud-init leaves as it was: the id by which systemd, D-Bus and DHCP know a machine. What already runs keeps
 * the old one until the next boot.
 */
const renewMachineId = `#!/bin/sh
# This server began as a clone of another one.
set -eu
[ -e /etc/machine-id ] || exit 0
umask 022
tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id.new
mv /etc/machine-id.new /etc/machine-id
[ -h /var/lib/dbus/machine-id ] || [ ! -e /var/lib/dbus/machine-id ] || cp /etc/machine-id /var/lib/dbus/machine-id
`

export function seedFiles({ instanceId, hostname, sshKeys, userData, isClone }: Seed): Record<string, string> {
  return {
    'meta-data': yaml({ 'instance-id': instanceId, 'local-hostname': hostname, 'public-keys': sshKeys }),
    'user-data': userData ?? '#cloud-config\n{}\n',
    'vendor-data': isClone ? renewMachineId : '#cloud-config\n{}\n',
  }
}

/** JSON is YAML, but for some characters that YAML wants escaped. */
function yaml(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return `${JSON.stringify(value).replace(/[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g, escaped)}\n`
}

/** User data may hold secrets: it is QEMU's user's alone, and on no command line. */
export async function writeSeed(host: Host, own: MachinePaths, seed: Seed): Promise<void> {
  const folder = join(own.folder, 'seed')
  await host.removeFolder(folder)
  await host.makeFolder(folder)
  await host.unlink(own.seed)
  for (const [name, text] of Object.entries(seedFiles(seed))) await writePrivate(host, join(folder, name), text)
  await writePrivate(host, own.seed, '')
  const options = ['-quiet', '-V', 'cidata', '-J', '-R', '-o', own.seed]
  await host.run('xorriso', ['-no_rc', '-as', 'mkisofs', ...options, folder]).catch(error => {
    if (!isRefusal(error)) throw error
    throw new Failure('machine_failed', `The disk for cloud-init could not be made: ${error.message}.`)
  })
  await host.removeFolder(folder)
}

async function writePrivate(host: Host, path: string, text: string): Promise<void> {
  const file = await host.openNew(path)
  try {
    await file.write(Buffer.from(text), 0)
  } finally {
    await file.close()
  }
}
