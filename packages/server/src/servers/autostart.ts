/** Servers that ran until the host went down run again, each by an operation of its own: one that cannot keeps none. */
import { type Db, inTransaction, type Trx } from '../db/database.ts'
import type { ServerStatus } from '../domain/servers.ts'
import { enqueue, inLane, type OperationRow } from '../operations/journal.ts'
import { serverLane } from '../operations/lanes.ts'
import type { PowerInput } from './power.ts'

/** To be called before the watcher looks: it would take for stopped what is about to be started. */
export function startAgain(db: Db, endedWithHost: readonly number[], now: number): Promise<void> {
  return inTransaction(db, async trx => {
    for (const serverId of endedWithHost) {
      const server = await trx
        .selectFrom('servers')
        .select(['id', 'account_id', 'status'])
        .where('id', '=', serverId)
        .where('autostart', '=', 1)
        .where('deleted_at', 'is', null)
        .executeTakeFirst()
      if (!server || !(await isWanted(trx, serverId, server.status))) continue
      const input: PowerInput = { afterHost: true }
      const operation = { kind: 'server_start', lane: serverLane(serverId), serverId, input }
      await enqueue(trx, { accountId: server.account_id, ...operation }, now)
    }
  })
}

/** Did it run, and is nobody about to start or stop it anyway? */
async function isWanted(trx: Trx, serverId: number, status: ServerStatus): Promise<boolean> {
  const underWay = await inLane(trx, serverLane(serverId))
  if (underWay.some(({ kind }) => kind === 'server_start' || kind === 'server_stop')) return false
  if (status === 'active' || status === 'suspended') return true
  // A restore starts what it has halted. One that had not come so far finds nothing that runs.
  return status === 'restoring' && underWay.some(ranBefore)
}

function ranBefore({ kind, input }: OperationRow): boolean {
  if (kind !== 'snapshot_restore' && kind !== 'server_undo') return false
  const { status } = JSON.parse(input) as { status?: ServerStatus }
  return status === 'active' || status === 'suspended'
}
