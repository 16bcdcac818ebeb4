/**
 * Deleting an image: it leaves the list at once, durably, and no server can be made from it any more. Those that stand
 * on it do not notice: its layer goes with the last of them, which garbage collection finds out. A file that was used in
 * place stays where it is. An import under way is cancelled.
 */
import type { Trx } from '../db/database.ts'
import { Failure } from '../errors.ts'
import type { ImportDeps } from './request-import.ts'

/** Throws `not_found`. */
export async function requestDelete(
  trx: Trx,
  deps: Pick<ImportDeps, 'now'>,
  imageId: number,
): Promise<{ cancelOperationId: number | null }> {
  const now = deps.now()
  const image = await trx
    .updateTable('images')
    .set({ deleted_at: now })
    .where('id', '=', imageId)
    .where('deleted_at', 'is', null)
    .returning(['status', 'operation_id'])
    .executeTakeFirst()
  if (!image) throw new Failure('not_found', `There is no image ${imageId}.`)
  if (image.status !== 'importing') return { cancelOperationId: null }
  await trx
    .updateTable('operations')
    .set({ cancel_requested_at: now })
    .where('id', '=', image.operation_id)
    .where('ended_at', 'is', null)
    .execute()
  return { cancelOperationId: image.operation_id }
}
