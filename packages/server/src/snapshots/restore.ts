/**
 * Restoring a snapshot, and undoing a restore, which is a restore of what was there before.
 *
 * The old state is not touched until the new one stands. New, empty layers go on top of the snapshot's; the server
 * writes to them from then on, and its old heads stay as the undo point.
 *
 *   prepare   the new layers' files, durable
 *   halt      freeze, pause, quit: the old heads hold what the guest had written
 *   swap      in the database alone: new heads, undo point, a new VM generation id
 *   start     if it ran before
 *
 * The older undo point falls only when all of this is done. If a step fails everything is taken back: the old heads
 * are put in place again and the server is started on them if it ran, unless the host refuses that time and again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Db, Trx } from '../db/database.ts'
import type { LayerId } from '../domain/layers.ts'
import type { Driver } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { readDisks, readMachine } from '../layers/machine.ts'
import { deletePrepared, leaseForUse, readChain, readLayer, switchHead } from '../layers/store.ts'
import type { OperationKind, StepContext } from '../operations/operation.ts'
import type { SnapshotDeps } from './request-create.ts'
import { type RestoreInput, setStatus } from './request-restore.ts'

interface RestoreOutput {
  readonly ranBefore: boolean
  /** Disk → the layer that was active. */
  readonly before: Readonly<Record<string, LayerId>>
  readonly generationBefore: string | null
  /** Found while unwinding: why it does not run on its old layers, though it ran. */
  readonly notStarted: string
}

/** How often, ms apart, it is tried to start the server as it was. */
const START_TRIES = 3
const START_PAUSE_MS = 500

type Context = StepContext<RestoreInput, RestoreOutput>

export function restoreKinds(db: Db, deps: SnapshotDeps): OperationKind<RestoreInput, RestoreOutput>[] {
  return ['snapshot_restore', 'server_undo'].map(kind => restoreKind(kind, db, deps))
}

function restoreKind(kind: string, db: Db, deps: SnapshotDeps): OperationKind<RestoreInput, RestoreOutput> {
  const { driver } = deps
  return {
    kind,
    deadlineMs: 10 * 60_000,
    background: false,
    cancellable: false,
    steps: [
      {
        name: 'prepare',
        weight: 10,
        async run(context) {
          for (const { sourceId, layerId } of context.input.disks) {
            await driver.createLayer(await readLayer(db, layerId), await readLayer(db, sourceId))
          }
          const before: Record<string, LayerId> = {}
          for (const disk of await readDisks(db, serverOf(context))) before[disk.id] = disk.active_layer_id
          const generationBefore = await readGeneration(db, serverOf(context))
          return { before, generationBefore, ranBefore: await runs(driver, context) }
        },
        async undo(context) {
          const ids = context.input.disks.map(disk => disk.layerId)
          const rows = await db.selectFrom('layers').select('id').where('id', 'in', ids).execute()
          for (const { id } of rows) await driver.discardLayer(await readLayer(db, id))
          return undefined
        },
        record: leaseHeads,
        unrecord: (trx, { input }) =>
          deletePrepared(
            trx,
            input.disks.map(disk => disk.layerId),
          ),
      },
      {
        name: 'halt',
        weight: 30,
        async run(context) {
          await driver.halt(serverOf(context))
          return undefined
        },
        async undo(context) {
          if (!context.output.ranBefore) return undefined
          // It may have come no further than to pause the guest.
          const { state } = await driver.inspect(serverOf(context))
          if (state !== 'paused') return startAsItWas(db, driver, serverOf(context))
          await driver.resume(serverOf(context))
          return undefined
        },
      },
      {
        name: 'swap',
        weight: 10,
        record: (trx, context) => swap(trx, deps, context),
        unrecord: swapBack,
      },
      {
        name: 'start',
        weight: 50,
        async run(context) {
          if (context.output.ranBefore) await driver.start(await readMachine(db, serverOf(context)))
          return undefined
        },
        async undo(context) {
          await driver.halt(serverOf(context))
          return undefined
        },
      },
    ],
    async completed(trx, context) {
      const { operation, output } = context
      const older = trx
        .selectFrom('undo_points')
        .select('id')
        .where('server_id', '=', serverOf(context))
        .where('operation_id', '!=', operation.id)
      await trx.deleteFrom('undo_layers').where('undo_point_id', 'in', older).execute()
      await trx
        .deleteFrom('undo_points')
        .where('server_id', '=', serverOf(context))
        .where('operation_id', '!=', operation.id)
        .execute()
      await setStatus(trx, serverOf(context), output.ranBefore ? 'active' : 'stopped', null, deps.now())
    },
    async failed(trx, context, error) {
      const { input, output } = context
      const isBack = output.ranBefore && output.notStarted === undefined
      const status = output.ranBefore === undefined ? input.status : isBack ? 'active' : 'stopped'
      const left = output.notStarted === undefined ? '' : ` (It was left stopped: ${output.notStarted})`
      const reason = `The last restore failed and was taken back: ${error.detail}${left}`
      await setStatus(trx, serverOf(context), status, reason, deps.now())
    },
  }
}

/** A machine that does not answer is about to be ended all the same: then what it was when this was asked for counts. */
async function runs(driver: Driver, context: Context): Promise<boolean> {
  try {
    return (await driver.inspect(serverOf(context))).state !== 'absent'
  } catch {
    return context.input.status === 'active' || context.input.status === 'suspended'
  }
}

/**
 * A port that somebody else has taken meanwhile, a bridge that is gone: the host may never start it again, and a server
 * that waits for that could not even be deleted. Its disks are what they were; whoever reads why can start it.
 */
async function startAsItWas(db: Db, driver: Driver, serverId: number): Promise<{ notStarted: string } | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      await driver.start(await readMachine(db, serverId))
      return undefined
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      if (attempt === START_TRIES) return { notStarted: error.message }
      await sleep(START_PAUSE_MS)
    }
  }
}

/** As it was before: the chain that has to be opened again if this is taken back stays as it is. */
async function leaseHeads(trx: Trx, { operation, output }: Context): Promise<void> {
  for (const head of Object.values(output.before ?? {})) {
    const chain = await readChain(trx, head)
    await leaseForUse(
      trx,
      operation.id,
      chain.map(layer => layer.id),
    )
  }
}

async function swap(trx: Trx, deps: SnapshotDeps, { operation, input, output }: Context): Promise<void> {
  const now = deps.now()
  const serverId = operation.serverId as number
  await setGeneration(trx, serverId, input.generationId)
  const { id } = await trx
    .insertInto('undo_points')
    .values({ server_id: serverId, operation_id: operation.id, created_at: now, expires_at: now + deps.undoMs })
    .returning('id')
    .executeTakeFirstOrThrow()
  for (const { diskId, slot, layerId } of input.disks) {
    const old = output.before?.[diskId] as LayerId
    await trx.insertInto('undo_layers').values({ undo_point_id: id, disk_id: diskId, slot, layer_id: old }).execute()
    await switchHead(trx, diskId, layerId)
    // The chain that the start is about to open stays as it is until it has.
    const chain = await readChain(trx, layerId)
    await leaseForUse(
      trx,
      operation.id,
      chain.map(layer => layer.id),
    )
  }
}

async function swapBack(trx: Trx, { operation, input, output }: Context): Promise<void> {
  const mine = trx.selectFrom('undo_points').select('id').where('operation_id', '=', operation.id)
  await trx.deleteFrom('undo_layers').where('undo_point_id', 'in', mine).execute()
  await trx.deleteFrom('undo_points').where('operation_id', '=', operation.id).execute()
  if (output.generationBefore !== undefined) {
    await setGeneration(trx, operation.serverId as number, output.generationBefore)
  }
  for (const { diskId, layerId } of input.disks) {
    const old = output.before?.[diskId]
    if (old === undefined) continue
    await switchHead(trx, diskId, old)
    await trx.updateTable('layers').set({ state: 'prepared' }).where('id', '=', layerId).execute()
  }
}

async function readGeneration(db: Db, serverId: number): Promise<string | null> {
  const server = db.selectFrom('servers').select('generation_id').where('id', '=', serverId)
  return (await server.executeTakeFirstOrThrow()).generation_id
}

async function setGeneration(trx: Trx, serverId: number, id: string | null): Promise<void> {
  await trx.updateTable('servers').set({ generation_id: id }).where('id', '=', serverId).execute()
}

function serverOf({ operation }: Context): number {
  return operation.serverId as number
}
