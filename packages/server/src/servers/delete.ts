/**
 * What is left to do when a server was deleted. It is out of every list already, and its snapshots with it.
 *
 *   end      its machine, without grace
 *   drop     in the database alone: its disks, undo point and ports are nobody's any more
 *   forget   what the driver keeps of it: logs, sockets, seed
 *
 * What then stands on nothing, garbage collection removes; layers that a clone stands on stay, and count against
 * nobody. Nobody asks again for something that they cannot see: whatever goes wrong is tried again until it succeeds.
 */
import type { Trx } from '../db/database.ts'
import type { Driver } from '../drivers/driver.ts'
import { enqueue } from '../operations/journal.ts'
import { serverLane } from '../operations/lanes.ts'
import { Deferred, type OperationKind, type OperationRef } from '../operations/operation.ts'

const AGAIN_MS = 10_000

export function deletionKind(deps: {
  readonly driver: Driver
  readonly now: () => number
}): OperationKind<object, object> {
  const { driver } = deps
  return {
    kind: 'server_delete',
    deadlineMs: null,
    background: false,
    cancellable: false,
    steps: [
      {
        name: 'end',
        weight: 6,
        run: ({ operation }) => patiently(() => driver.stop(serverOf(operation), 0)),
      },
      {
        name: 'drop',
        weight: 1,
        record: (trx, { operation }) => drop(trx, serverOf(operation)),
      },
      {
        name: 'forget',
        weight: 3,
        run: ({ operation }) => patiently(() => driver.forget(serverOf(operation))),
      },
    ],
    // Only a defect or a broken database comes here. What is left must go all the same.
    async failed(trx, { operation }) {
      const serverId = serverOf(operation)
      const again = { kind: 'server_delete', lane: serverLane(serverId), serverId, input: {} }
      const now = deps.now()
      await enqueue(trx, { accountId: operation.accountId, ...again }, now, now + AGAIN_MS)
    },
  }
}

async function patiently(work: () => Promise<void>): Promise<undefined> {
  try {
    await work()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Deferred(`the next try; the last one failed: ${reason}`, { delayMs: AGAIN_MS })
  }
}

async function drop(trx: Trx, serverId: number): Promise<void> {
  const points = trx.selectFrom('undo_points').select('id').where('server_id', '=', serverId)
  await trx.deleteFrom('undo_layers').where('undo_point_id', 'in', points).execute()
  await trx.deleteFrom('undo_points').where('server_id', '=', serverId).execute()
  await trx.deleteFrom('disks').where('server_id', '=', serverId).execute()
  await trx.deleteFrom('forwarded_ports').where('server_id', '=', serverId).execute()
  await trx.updateTable('layers').set({ server_id: null }).where('server_id', '=', serverId).execute()
}

function serverOf({ serverId }: OperationRef): number {
  return serverId as number
}
