/**
 * What a token may do. `servers:exec`: run programs inside servers. `tokens:write`: see, make and revoke the tokens of its
 * own account. `admin`: everything, and what belongs to the host: images and accounts.
 */
export const permissions = [
  'snapshots:read',
  'snapshots:write',
  'servers:read',
  'servers:write',
  'servers:exec',
  'tokens:write',
  'admin',
] as const
export type Permission = (typeof permissions)[number]

/** Which of the wanted ones are not held. */
export function lacking(held: readonly Permission[], wanted: readonly Permission[]): Permission[] {
  return wanted.filter(permission => !grants(held, permission))
}

export function grants(held: readonly Permission[], wanted: Permission): boolean {
  return held.includes('admin') || held.includes(wanted)
}
