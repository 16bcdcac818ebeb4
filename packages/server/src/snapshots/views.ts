/** Snapshots as they look on the wire. */
import type { Static } from 'typebox'
import type { Db, Trx } from '../db/database.ts'
import { toTime } from '../http/times.ts'
import { estimate, inWords } from '../operations/estimate.ts'
import { operationError } from '../operations/schemas.ts'
import type { Receipt as StoredReceipt } from './receipt.ts'
import { type CreatedSnapshot, type Receipt, type RestoreReply, reasonText, type Snapshot } from './schemas.ts'
import { readSnapshot, type SnapshotRow } from './store.ts'

export function toSnapshot(row: SnapshotRow): Static<typeof Snapshot> {
  return {
    id: row.id,
    server: { id: row.server_id, name: row.server_name },
    name: row.name,
    status: row.status,
    size_mb: row.size_mb,
    created_at: toTime(row.created_at),
    description: row.description,
  }
}

export function toReceipt(json: string | null): Static<typeof Receipt> | null {
  if (json === null) return null
  const receipt = JSON.parse(json) as StoredReceipt
  return {
    ...receipt,
    reason_text: reasonText(receipt.reason),
    cut_at: toTime(receipt.cut_at),
    disks: [...receipt.disks],
  }
}

export async function createReply(db: Db | Trx, snapshotId: number): Promise<Static<typeof CreatedSnapshot>> {
  const row = await readSnapshot(db, snapshotId)
  return { ...toSnapshot(row), message: await createMessage(db, row) }
}

async function createMessage(db: Db | Trx, row: Awaited<ReturnType<typeof readSnapshot>>): Promise<string> {
  if (row.status === 'completed') return 'The snapshot has been created.'
  if (row.status === 'failed') {
    const error = operationError(row.error_code ?? 'internal_error', row.error_detail)
    return `The snapshot could not be created. ${error?.detail} ${error?.remedy}`
  }
  return `The snapshot is being created. ${await estimate(db, 'snapshot_create', 'that')}`
}

/** `undoUntil`: epoch ms until which the restore can be undone at least. */
export async function restoreReply(
  db: Db | Trx,
  snapshotId: number,
  operationId: number,
  undoUntil: number,
): Promise<Static<typeof RestoreReply>> {
  const snapshot = await readSnapshot(db, snapshotId)
  const server = await db
    .selectFrom('servers')
    .select(['id', 'name', 'status'])
    .where('id', '=', snapshot.server_id)
    .executeTakeFirstOrThrow()
  const operation = await db
    .selectFrom('operations')
    .select(['status', 'error_code', 'error_detail', 'created_at', 'ended_at'])
    .where('id', '=', operationId)
    .executeTakeFirstOrThrow()
  const error = operationError(operation.error_code, operation.error_detail)
  const hasFailed = error !== null && operation.ended_at !== null
  const undo = `It can be undone until ${toTime(undoUntil)} at least, with POST /api/v1/servers/${server.id}/undo/.`
  const message = hasFailed
    ? `The restore failed and was taken back: the server is what it was before. ${error.detail} ${error.remedy}`
    : operation.ended_at !== null
      ? `The server was restored in ${inWords(operation.ended_at - operation.created_at)}. ${undo}`
      : `The server is being restored. ${await estimate(db, 'snapshot_restore', 'that')} ${undo}`
  return {
    status: hasFailed ? 'failed' : 'success',
    message,
    snapshot: { id: snapshot.id, name: snapshot.name, created_at: toTime(snapshot.created_at) },
    server,
  }
}
