/** Reading servers. Writing them is the operations' own. */
import type { Db, Trx } from '../db/database.ts'

/** An account's servers; lowest id first, as they were made. */
export function serversOf(db: Db | Trx, accountId: number) {
  return db
    .selectFrom('servers')
    .innerJoin('images', 'images.id', 'servers.image_id')
    .selectAll('servers')
    .select(['images.name as image_name', 'images.os_name'])
    .where('servers.account_id', '=', accountId)
    .orderBy('servers.id')
}

export type ServerRow = Awaited<ReturnType<ReturnType<typeof serversOf>['executeTakeFirstOrThrow']>>

export function readServer(db: Db | Trx, accountId: number, id: number): Promise<ServerRow | undefined> {
  return serversOf(db, accountId).where('servers.id', '=', id).executeTakeFirst()
}

export function readDiskSizes(db: Db | Trx, serverId: number) {
  return db
    .selectFrom('disks')
    .innerJoin('layers', 'layers.id', 'disks.active_layer_id')
    .select(['disks.slot', 'layers.size_bytes'])
    .where('disks.server_id', '=', serverId)
    .orderBy('disks.slot')
    .execute()
}

/** What an undo would go back to now; undefined where there is nothing (any more). */
export function readUndoPoint(db: Db | Trx, serverId: number, now: number) {
  return db
    .selectFrom('undo_points')
    .select(['operation_id', 'expires_at'])
    .where('server_id', '=', serverId)
    .where('expires_at', '>', now)
    .orderBy('id', 'desc')
    .executeTakeFirst()
}
