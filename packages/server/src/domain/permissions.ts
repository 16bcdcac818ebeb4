/**
 * What a token may do. `tokens:write`: see, make and revoke the tokens of its own account. `admin`: everything, and what
 * belongs to the host: images and accounts.
 */
export const permissions = [
  'snapshots:read',
  'snapshots:write',
  'servers:read',
  'servers:write',
  'tokens:write',
  'admin',
] as const
export type Permission = (typeof permissions)[number]

export function grants(held: readonly Permission[], wanted: Permission): boolean {
  return held.includes('admin') || held.includes(wanted)
}
