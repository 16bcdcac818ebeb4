/** What the model looks at in the database. */
import { textOf } from './contents.ts'

export interface OperationRow {
  readonly id: number
  readonly account_id: number
  readonly kind: string
  readonly server_id: number | null
  readonly snapshot_id: number | null
  readonly input: string
  readonly status: string
  readonly step: string | null
  readonly waits_for: string | null
  readonly run_after: number
  readonly lease_until: number | null
  readonly error_detail: string | null
}

export interface SnapshotRow {
  readonly id: number
  readonly account_id: number
  readonly server_id: number
  readonly name: string
  readonly status: string
  readonly receipt: string | null
  readonly ended_at: number | null
  readonly deleted_at: number | null
}

export interface ServerRow {
  readonly id: number
  readonly account_id: number
  readonly name: string
  readonly status: string
  readonly status_reason: string | null
  readonly generation_id: string | null
  readonly deleted_at: number | null
}

/** Whose layer lies where. */
export interface DiskRow {
  readonly owner: number
  readonly slot: number
  readonly layer_id: number
}

export interface Picture {
  readonly operations: readonly OperationRow[]
  readonly snapshots: readonly SnapshotRow[]
  readonly servers: readonly ServerRow[]
  /** Of snapshots. */
  readonly sealed: readonly DiskRow[]
  /** Of servers. */
  readonly heads: readonly DiskRow[]
  /** Of undo points. */
  readonly undo: readonly (DiskRow & { readonly operation_id: number; readonly expires_at: number })[]
  readonly layers: readonly { readonly id: number; readonly state: string; readonly server_id: number | null }[]
}

export const queries: Readonly<Record<keyof Picture, string>> = {
  operations: `select id, account_id, kind, server_id, snapshot_id, input, status, step, waits_for, run_after,
    lease_until, error_detail from operations order by id`,
  snapshots: 'select id, account_id, server_id, name, status, receipt, ended_at, deleted_at from snapshots order by id',
  servers: 'select id, account_id, name, status, status_reason, generation_id, deleted_at from servers order by id',
  sealed: 'select snapshot_id as owner, slot, layer_id from snapshot_layers',
  heads: 'select server_id as owner, slot, active_layer_id as layer_id from disks',
  undo: `select server_id as owner, slot, layer_id, operation_id, expires_at from undo_points
    join undo_layers on undo_layers.undo_point_id = undo_points.id`,
  layers: 'select id, state, server_id from layers order by id',
}

export const unended = ['queued', 'running', 'waiting']

export function isUnended({ status }: Pick<OperationRow, 'status'>): boolean {
  return unended.includes(status)
}

/** What is read through those layers, by slot. Throws where one is missing. */
export function readThrough(
  rows: readonly DiskRow[],
  owner: number,
  contents: (layer: number) => ReadonlyMap<number, number>,
): string {
  const own = rows.filter(row => row.owner === owner)
  return textOf(new Map(own.map(row => [row.slot, contents(row.layer_id)])))
}
