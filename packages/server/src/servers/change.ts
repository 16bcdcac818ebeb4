/** Changing what can be changed of a server: no operation, because nothing of it takes long. */
import { lockServer, type Trx } from '../db/database.ts'
import { Failure } from '../errors.ts'
import { refuseIfBusy } from '../operations/busy.ts'
import { refuseQuarantineWithout } from './wish.ts'

export interface Changes {
  readonly name?: string
  readonly hostname?: string
  readonly location?: string
  readonly autostart?: boolean
  readonly quarantine?: boolean
}

/** In words: when what was changed is felt. */
export async function changeServer(
  trx: Trx,
  { accountId, serverId }: { readonly accountId: number; readonly serverId: number },
  changes: Changes,
  now: number,
): Promise<string> {
  await lockServer(trx, serverId)
  const server = await trx
    .selectFrom('servers')
    .innerJoin('images', 'images.id', 'servers.image_id')
    .select(['servers.hostname', 'servers.network', 'servers.quarantined_at', 'images.kernel', 'images.cloud_init'])
    .where('servers.id', '=', serverId)
    .where('account_id', '=', accountId)
    .where('servers.deleted_at', 'is', null)
    .executeTakeFirst()
  if (!server) throw new Failure('not_found', `There is no server ${serverId}.`)
  const { quarantine, autostart, ...plain } = changes
  if (quarantine !== undefined) {
    refuseQuarantineWithout(server.network, quarantine)
    // What is about to start has read already whether the cable is in.
    await refuseIfBusy(trx, serverId)
  }
  const quarantinedAt = quarantine ? (server.quarantined_at ?? now) : null
  await trx
    .updateTable('servers')
    .set({
      ...plain,
      ...(autostart === undefined ? {} : { autostart: autostart ? 1 : 0 }),
      ...(quarantine === undefined ? {} : { quarantined_at: quarantinedAt }),
      updated_at: now,
    })
    .where('id', '=', serverId)
    .execute()
  const isRenamed = changes.hostname !== undefined && changes.hostname !== server.hostname
  if (!isRenamed) return 'It takes effect at once.'
  return server.kernel !== null || server.cloud_init === 1
    ? 'It takes effect at once, save for the host name: the guest is told at its next start.'
    : 'It takes effect at once, save for the host name: nobody tells the guest, so change it there as well.'
}
