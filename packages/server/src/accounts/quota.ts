/** What an account may use; null: as much as the host allows. */
export interface Quota {
  readonly servers: number | null
  readonly snapshots_per_server: number | null
  /** Allocated by its layers. */
  readonly bytes: number | null
}

const columns = {
  servers: 'quota_servers',
  snapshots_per_server: 'quota_snapshots',
  bytes: 'quota_bytes',
} as const satisfies Record<keyof Quota, string>

type Columns = Record<(typeof columns)[keyof Quota], number | null>

/** Only what is named: the others stay as they are. */
export function quotaColumns(quota: Partial<Quota>): Partial<Columns> {
  return Object.fromEntries(Object.entries(quota).map(([name, value]) => [columns[name as keyof Quota], value]))
}

export function quotaOf(row: Columns): Quota {
  return { servers: row.quota_servers, snapshots_per_server: row.quota_snapshots, bytes: row.quota_bytes }
}
