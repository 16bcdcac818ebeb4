/** Reading snapshots. Writing them is the operations' own. */
import { sql } from 'kysely'
import { compiled } from '../db/compiled.ts'
import type { Db, Trx } from '../db/database.ts'
import type { SnapshotStatus } from '../domain/snapshots.ts'

/** A failed one can be seen for a day, then it is gone. */
const FAILED_SEEN_MS = 24 * 60 * 60 * 1000

export interface SnapshotRow {
  readonly id: number
  readonly server_id: number
  readonly server_name: string
  readonly name: string
  readonly status: SnapshotStatus
  readonly size_mb: number | null
  readonly created_at: number
  readonly description: string
}

export interface SnapshotFilter {
  readonly accountId: number
  readonly serverId: number | undefined
  readonly now: number
}

function snapshots(db: Db | Trx) {
  return db
    .selectFrom('snapshots')
    .innerJoin('servers', 'servers.id', 'snapshots.server_id')
    .select([
      'snapshots.id',
      'snapshots.server_id',
      'servers.name as server_name',
      'snapshots.name',
      'snapshots.status',
      'snapshots.size_mb',
      'snapshots.created_at',
      'snapshots.description',
    ])
}

/** What can be seen of an account's snapshots; newest first. */
export function visibleSnapshots(db: Db | Trx, { accountId, serverId, now }: SnapshotFilter) {
  const query = snapshots(db)
    .where('snapshots.deleted_at', 'is', null)
    .where('snapshots.account_id', '=', accountId)
    .where(eb =>
      eb.or([eb('snapshots.status', '!=', sql.lit('failed')), eb('snapshots.ended_at', '>', now - FAILED_SEEN_MS)]),
    )
    .orderBy('snapshots.id', 'desc')
  return serverId === undefined ? query : query.where('snapshots.server_id', '=', serverId)
}

const all = compiled<SnapshotRow>(db => visibleSnapshots(db, { accountId: 0, serverId: undefined, now: 0 }), 2)
const ofServer = compiled<SnapshotRow>(db => visibleSnapshots(db, { accountId: 0, serverId: 0, now: 0 }), 3)

/** The whole list: what is asked for most often, and so compiled. */
export function listSnapshots(db: Db, { accountId, serverId, now }: SnapshotFilter): Promise<SnapshotRow[]> {
  const failedAfter = now - FAILED_SEEN_MS
  return serverId === undefined ? all(db, accountId, failedAfter) : ofServer(db, accountId, failedAfter, serverId)
}

/** Also one that was deleted since: for the reply to the request that made it. */
export function readSnapshot(db: Db | Trx, id: number) {
  return snapshots(db)
    .leftJoin('operations', 'operations.id', 'snapshots.operation_id')
    .select(['operations.error_code', 'operations.error_detail'])
    .where('snapshots.id', '=', id)
    .executeTakeFirstOrThrow()
}

export function readSnapshotDetail(db: Db, accountId: number, id: number, now: number) {
  return visibleSnapshots(db, { accountId, serverId: undefined, now })
    .leftJoin('operations', 'operations.id', 'snapshots.operation_id')
    .select([
      'snapshots.operation_id',
      'snapshots.receipt',
      'snapshots.ended_at',
      'operations.error_code',
      'operations.error_detail',
    ])
    .where('snapshots.id', '=', id)
    .executeTakeFirst()
}
