/**
 * Making a server, from an image or (a clone) from a snapshot. It costs the same for 1 GB and 1 TB, because nothing is
 * copied: each disk begins as an empty layer on the image's or the snapshot's, or on nothing.
 *
 *   prepare   the layers' files, durable; recorded: they are part of the tree
 *   start     the machine runs
 *
 * What they stand on is leased since the request, all of it: it may have no name any more, and must stay as it is until
 * the machine has it open.
 *
 * A disk of a clone whose chain is as deep as it may be begins as a copy of all that is read through it instead: that
 * takes as long as it takes, and says how far it is.
 *
 * If a step fails everything is taken back. The server itself stays in the list as `failed` with the reason, because
 * whoever asked has only its id; it has no disks and no ports any more, and goes when it is deleted.
 */
import type { Db, Trx } from '../db/database.ts'
import type { LayerId } from '../domain/layers.ts'
import type { Driver, Layer, Progress } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { readMachine } from '../layers/machine.ts'
import { deletePrepared, readChain, readLayer } from '../layers/store.ts'
import type { OperationKind, StepContext } from '../operations/operation.ts'
import type { MakeInput } from './insert.ts'
import { checkMemory } from './offer.ts'

const MINUTE_MS = 60_000
/** A copy of many gigabytes is made of that alone. */
const CLONE_LIMIT_MS = 24 * 60 * MINUTE_MS

type Context = StepContext<MakeInput, object>

interface CreateDeps {
  readonly driver: Driver
  readonly now: () => number
}

export function makingKinds(db: Db, deps: CreateDeps): OperationKind<MakeInput, object>[] {
  return [makingKind('server_create', 10 * MINUTE_MS, db, deps), makingKind('server_clone', CLONE_LIMIT_MS, db, deps)]
}

function makingKind(kind: string, deadlineMs: number, db: Db, deps: CreateDeps): OperationKind<MakeInput, object> {
  const { driver } = deps
  return {
    kind,
    deadlineMs,
    background: false,
    cancellable: true,
    steps: [
      {
        name: 'prepare',
        weight: 60,
        async run({ input, progress, signal }) {
          for (const [index, disk] of input.disks.entries()) {
            await makeLayer(db, driver, disk, signal, part => progress((index + part) / input.disks.length))
          }
          return undefined
        },
        record: recordDisks,
        async undo({ input }) {
          const ids = input.disks.map(disk => disk.layerId)
          const rows = await db.selectFrom('layers').select('id').where('id', 'in', ids).execute()
          for (const { id } of rows) await driver.discardLayer(await readLayer(db, id))
          return undefined
        },
        unrecord: forgetDisks,
      },
      {
        name: 'start',
        weight: 40,
        async run(context) {
          const machine = await readMachine(db, serverOf(context))
          const { state } = await driver.inspect(machine.serverId)
          if (state === 'absent') checkMemory(machine.memoryMb, await driver.memory())
          await driver.start(machine)
          return undefined
        },
        async undo(context) {
          await driver.stop(serverOf(context), 0)
          return undefined
        },
      },
    ],
    completed: (trx, context) => setStatus(trx, context, 'active', null, deps.now()),
    async failed(trx, context, error) {
      await trx.deleteFrom('forwarded_ports').where('server_id', '=', serverOf(context)).execute()
      await setStatus(trx, context, 'failed', `It could not be made: ${error.detail}`, deps.now())
    },
  }
}

async function makeLayer(
  db: Db,
  driver: Driver,
  disk: MakeInput['disks'][number],
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  const layer = await readLayer(db, disk.layerId)
  if (disk.how === 'overlay') await driver.createLayer(layer, await readLayer(db, disk.sourceId))
  else if (disk.how === 'copy') await driver.flattenLayer(layer, await chainOf(db, disk.sourceId), progress, signal)
  else if (disk.how === 'nvram') await driver.createNvram(layer)
  else await driver.createLayer(layer, null)
}

/** Of nothing, a copy would be an empty disk, and nobody would notice. */
async function chainOf(db: Db, id: LayerId): Promise<Layer[]> {
  const chain = await readChain(db, id)
  if (chain.length === 0) throw new Failure('chain_mismatch', `Layer ${id}, which was to be copied, is gone.`)
  return chain
}

async function recordDisks(trx: Trx, { input }: Context): Promise<void> {
  const ids = input.disks.map(disk => disk.layerId)
  await trx.updateTable('layers').set({ state: 'live' }).where('id', 'in', ids).execute()
}

async function forgetDisks(trx: Trx, context: Context): Promise<void> {
  const ids = context.input.disks.map(disk => disk.layerId)
  await trx.deleteFrom('disks').where('server_id', '=', serverOf(context)).execute()
  await trx.updateTable('layers').set({ state: 'prepared' }).where('id', 'in', ids).execute()
  await deletePrepared(trx, ids)
}

async function setStatus(
  trx: Trx,
  context: Context,
  status: 'active' | 'failed',
  reason: string | null,
  now: number,
): Promise<void> {
  await trx
    .updateTable('servers')
    .set({ status, status_reason: reason, updated_at: now })
    .where('id', '=', serverOf(context))
    .execute()
}

function serverOf({ operation }: Context): number {
  return operation.serverId as number
}
