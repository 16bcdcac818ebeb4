/** Reading images. Writing them is the operations' own. */
import type { Db, Trx } from '../db/database.ts'

/** The host's images, newest first; everybody sees the same. */
export function visibleImages(db: Db | Trx) {
  return images(db).where('images.deleted_at', 'is', null).orderBy('images.id', 'desc')
}

/** Also one that was deleted since: for the reply to the request that made it. */
export function readImage(db: Db | Trx, id: number): Promise<ImageRow> {
  return images(db).where('images.id', '=', id).executeTakeFirstOrThrow()
}

export type ImageRow = Awaited<ReturnType<ReturnType<typeof images>['executeTakeFirstOrThrow']>>

function images(db: Db | Trx) {
  return db
    .selectFrom('images')
    .leftJoin('layers', 'layers.id', 'images.layer_id')
    .leftJoin('operations', 'operations.id', 'images.operation_id')
    .select([
      'images.id',
      'images.name',
      'images.os_name',
      'images.status',
      'images.cloud_init',
      'images.created_at',
      'images.operation_id',
      'layers.id as layer_id',
      'layers.size_bytes',
      'layers.format',
      'layers.file',
      'operations.error_code',
      'operations.error_detail',
    ])
}
