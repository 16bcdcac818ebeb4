/**
 * Deleting a snapshot: its name goes, durably, in the request's own transaction. What bytes can go, garbage
 * collection finds out afterwards. One in progress is cancelled; if its cut is too far, it ends and is garbage too.
 */
import type { Trx } from '../db/database.ts'
import { Failure } from '../errors.ts'

export async function requestDelete(
  trx: Trx,
  deps: { readonly now: () => number },
  request: { readonly accountId: number; readonly snapshotId: number },
): Promise<{ cancelOperationId: number | null }> {
  const { accountId, snapshotId } = request
  const now = deps.now()
  const snapshot = await trx
    .updateTable('snapshots')
    .set({ deleted_at: now })
    .where('id', '=', snapshotId)
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .returning(['status', 'operation_id'])
    .executeTakeFirst()
  if (!snapshot) throw new Failure('not_found', `There is no snapshot ${snapshotId}.`)
  if (snapshot.status !== 'in_progress') {
    await trx.deleteFrom('snapshot_layers').where('snapshot_id', '=', snapshotId).execute()
    return { cancelOperationId: null }
  }
  await trx
    .updateTable('operations')
    .set({ cancel_requested_at: now })
    .where('id', '=', snapshot.operation_id)
    .where('ended_at', 'is', null)
    .execute()
  return { cancelOperationId: snapshot.operation_id }
}
