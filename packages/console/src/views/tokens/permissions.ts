/** What tokens may be permitted, each in words. */
import type { Permission } from '../../data/me.ts'
import { m } from '../../paraglide/messages.js'

export const permissions: readonly Permission[] = [
  'servers:read',
  'servers:write',
  'servers:exec',
  'snapshots:read',
  'snapshots:write',
  'tokens:write',
  'admin',
]

const words: Readonly<Record<Permission, () => string>> = {
  'servers:read': m.tokens_may_servers_read,
  'servers:write': m.tokens_may_servers_write,
  'servers:exec': m.tokens_may_servers_exec,
  'snapshots:read': m.tokens_may_snapshots_read,
  'snapshots:write': m.tokens_may_snapshots_write,
  'tokens:write': m.tokens_may_tokens_write,
  admin: m.tokens_may_admin,
}

/** A newer service may know more: then its own word says all there is. */
export function permissionInWords(permission: Permission): string {
  return Object.hasOwn(words, permission) ? words[permission]() : ''
}
