/** What a token may do. `admin` includes every other permission. */
export const permissions = ['snapshots:read', 'snapshots:write', 'servers:read', 'servers:write', 'admin'] as const
export type Permission = (typeof permissions)[number]

export function grants(held: readonly Permission[], wanted: Permission): boolean {
  return held.includes('admin') || held.includes(wanted)
}
