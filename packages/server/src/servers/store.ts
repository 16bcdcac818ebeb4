/** Reading servers. Writing them is the operations' own. */
import type { Db, Trx } from '../db/database.ts'

function servers(db: Db | Trx) {
  return db
    .selectFrom('servers')
    .innerJoin('images', 'images.id', 'servers.image_id')
    .selectAll('servers')
    .select([
      'images.name as image_name',
      'images.os_name',
      'images.kernel as image_kernel',
      'images.cloud_init as image_cloud_init',
    ])
}

/** An account's servers; lowest id first, as they were made. */
export function serversOf(db: Db | Trx, accountId: number) {
  return servers(db)
    .where('servers.account_id', '=', accountId)
    .where('servers.deleted_at', 'is', null)
    .orderBy('servers.id')
}

export type ServerRow = Awaited<ReturnType<ReturnType<typeof serversOf>['executeTakeFirstOrThrow']>>

export function readServer(db: Db | Trx, accountId: number, id: number): Promise<ServerRow | undefined> {
  return serversOf(db, accountId).where('servers.id', '=', id).executeTakeFirst()
}

/** Those that may have a machine: also deleted ones that nobody has come to end yet. */
export async function liveServers(db: Db): Promise<number[]> {
  const rows = await db
    .selectFrom('servers')
    .select('id')
    .where(eb =>
      eb.or([
        eb('deleted_at', 'is', null),
        eb.exists(eb.selectFrom('disks').select('disks.id').whereRef('disks.server_id', '=', 'servers.id')),
      ]),
    )
    .orderBy('id')
    .execute()
  return rows.map(row => row.id)
}

/** Also one that was deleted since: for the reply to the request that made it. */
export function readMadeServer(db: Db | Trx, id: number): Promise<ServerRow> {
  return servers(db).where('servers.id', '=', id).executeTakeFirstOrThrow()
}

export function readForwards(db: Db | Trx, serverId: number) {
  return db
    .selectFrom('forwarded_ports')
    .select(['host_port', 'guest_port'])
    .where('server_id', '=', serverId)
    .orderBy('guest_port')
    .orderBy('host_port')
    .execute()
}

export function readDiskSizes(db: Db | Trx, serverId: number) {
  return db
    .selectFrom('disks')
    .innerJoin('layers', 'layers.id', 'disks.active_layer_id')
    .select(['disks.slot', 'disks.role', 'layers.size_bytes'])
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
