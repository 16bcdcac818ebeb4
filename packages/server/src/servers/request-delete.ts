/** Asking for a server to go: it has left every list when the request's transaction is committed, for good. */
import { lockServer, type Trx } from '../db/database.ts'
import { isLegal, legalStates } from '../domain/servers.ts'
import { Failure } from '../errors.ts'
import { readOwnServer } from '../layers/own-server.ts'
import { refuseIfBusy } from '../operations/busy.ts'
import { enqueue, inLane } from '../operations/journal.ts'
import { serverLane } from '../operations/lanes.ts'
import { refuse } from '../operations/refuse.ts'

export interface DeleteRequest {
  readonly accountId: number
  readonly serverId: number
  /** Its snapshots go as well; without it a server that has any is left alone. */
  readonly withSnapshots: boolean
}

export interface Deleted {
  readonly operationId: number
  /** What was still making the server, and is to stop. */
  readonly cancelOperationId: number | null
}

export async function requestDelete(
  trx: Trx,
  deps: { readonly now: () => number },
  { accountId, serverId, withSnapshots }: DeleteRequest,
): Promise<Deleted> {
  await lockServer(trx, serverId)
  const server = await readOwnServer(trx, { accountId, serverId })
  const now = deps.now()
  const cancelOperationId = server.status === 'creating' ? await cancelMaking(trx, serverId, now) : null
  if (cancelOperationId === null) await refuseIfBusy(trx, serverId)
  if (!isLegal('delete', server.status)) {
    const detail = `Server ${serverId} is ${server.status}; delete needs one of: ${legalStates.delete.join(', ')}.`
    refuse(trx, new Failure('server_wrong_state', detail))
  }
  if (!withSnapshots) await refuseWithSnapshots(trx, serverId)
  await dropSnapshots(trx, serverId, now)
  await trx.updateTable('servers').set({ deleted_at: now, updated_at: now }).where('id', '=', serverId).execute()
  const operationId = await enqueue(
    trx,
    { accountId, kind: 'server_delete', lane: serverLane(serverId), serverId, input: {} },
    now,
  )
  return { operationId, cancelOperationId }
}

/** Whatever of the server is there when it has stopped or ended, the deletion behind it in the lane removes. */
async function cancelMaking(trx: Trx, serverId: number, now: number): Promise<number | null> {
  const [making] = await inLane(trx, serverLane(serverId))
  if (!making) return null
  await trx.updateTable('operations').set({ cancel_requested_at: now }).where('id', '=', making.id).execute()
  return making.id
}

/** Failed ones hold nothing and go by themselves: nobody has to be asked. */
async function refuseWithSnapshots(trx: Trx, serverId: number): Promise<void> {
  const { count } = await trx
    .selectFrom('snapshots')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('server_id', '=', serverId)
    .where('deleted_at', 'is', null)
    .where('status', '!=', 'failed')
    .executeTakeFirstOrThrow()
  if (Number(count) === 0) return
  refuse(trx, new Failure('server_has_snapshots', `Server ${serverId} has ${count} snapshots.`))
}

/** As `DELETE /snapshots/{id}/` does. None is in progress: then the server would be busy. */
async function dropSnapshots(trx: Trx, serverId: number, now: number): Promise<void> {
  const own = trx.selectFrom('snapshots').select('id').where('server_id', '=', serverId)
  await trx.deleteFrom('snapshot_layers').where('snapshot_id', 'in', own).execute()
  await trx
    .updateTable('snapshots')
    .set({ deleted_at: now })
    .where('server_id', '=', serverId)
    .where('deleted_at', 'is', null)
    .execute()
}
