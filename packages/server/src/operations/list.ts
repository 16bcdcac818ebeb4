import type { Db } from '../db/database.ts'

/** An account's operations with their servers' names; newest first. */
export function operationsOf(db: Db, accountId: number) {
  return db
    .selectFrom('operations')
    .leftJoin('servers', 'servers.id', 'operations.server_id')
    .select([
      'operations.id',
      'operations.kind',
      'operations.status',
      'operations.step',
      'operations.progress',
      'operations.attempts',
      'operations.waits_for',
      'operations.server_id',
      'servers.name as server_name',
      'operations.snapshot_id',
      'operations.image_id',
      'operations.error_code',
      'operations.error_detail',
      'operations.created_at',
      'operations.started_at',
      'operations.ended_at',
    ])
    .where('operations.account_id', '=', accountId)
    .orderBy('operations.id', 'desc')
}
