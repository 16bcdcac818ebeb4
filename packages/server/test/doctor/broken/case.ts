import type { FabricatedHost } from '../host.ts'

/** One thing that is wrong with a host, or looks so. */
export interface Case {
  break(host: FabricatedHost): Promise<unknown>
  /** `I14 layer 2` for each finding. */
  readonly found: readonly string[]
  /** The files are as they were: they need not be checked each by each, which takes most of the time. */
  readonly inRows?: true
  /** What is broken in rows alone is broken on either database: one of each way to look is tried on both. */
  readonly onBoth?: true
}

export const set = (
  host: FabricatedHost,
  table: 'layers' | 'snapshots' | 'servers' | 'operations',
  id: number,
  values: object,
) => host.db.updateTable(table).set(values).where('id', '=', id).execute()
