/**
 * Taking a snapshot. It costs the same for 1 GB and 1 TB, because nothing is copied: a new, empty layer goes on top of
 * each disk, and what was the active layer is sealed and named by the snapshot.
 *
 *   prepare   the new layers' files, durable; a running machine opens them beside its own
 *   cut       all disks switch at one instant (drivers/driver.ts says how); recorded: the tree has a new head
 *   publish   the chain verified in QEMU's graph and in the headers, sizes measured, the receipt written
 *
 * After the cut there is no way back to the old head, and none is needed: a snapshot that fails or is deleted after
 * it simply leaves a layer that nobody names, which garbage collection merges away.
 */
import type { Db, Trx } from '../db/database.ts'
import { consistencyReasons } from '../domain/consistency.ts'
import type { LayerId } from '../domain/layers.ts'
import { sizeMb } from '../domain/snapshots.ts'
import type { CutDisk, CutReport, Driver } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { readDisks } from '../layers/machine.ts'
import { deletePrepared, leaseForUse, readChain, readLayer, switchHead } from '../layers/store.ts'
import { verifyChains } from '../layers/verify.ts'
import type { OperationKind, StepContext } from '../operations/operation.ts'
import type { Receipt } from './receipt.ts'
import type { CreateInput, SnapshotDeps } from './request-create.ts'

interface CreateOutput {
  /** Whether the server ran when it was prepared. */
  readonly ran: boolean
  /** Disk → the layer that is sealed. Set when prepared. */
  readonly from: Readonly<Record<string, LayerId>>
  readonly report: CutReport
  /** Found while unwinding: the cut had happened after all. */
  readonly wasCut: boolean
  readonly receipt: Receipt
}

type Context = StepContext<CreateInput, CreateOutput>

export function createKind(db: Db, deps: SnapshotDeps): OperationKind<CreateInput, CreateOutput> {
  const { driver } = deps
  return {
    kind: 'snapshot_create',
    deadlineMs: 5 * 60_000,
    background: false,
    cancellable: true,
    steps: [
      {
        name: 'prepare',
        weight: 30,
        async run(context) {
          const serverId = serverOf(context)
          const from: Record<string, LayerId> = {}
          for (const disk of await readDisks(db, serverId)) from[disk.id] = disk.active_layer_id
          const disks = await cutDisks(db, context.input, from)
          for (const { from: parent, to } of disks) await driver.createLayer(to, parent)
          await driver.attach(serverId, disks)
          return { from, ran: await isRecordedRunning(db, serverId) }
        },
        async record(trx, { input, output }) {
          for (const { diskId, layerId } of input.disks) {
            await trx
              .updateTable('layers')
              .set({ parent_id: output.from?.[diskId] ?? null })
              .where('id', '=', layerId)
              .execute()
          }
        },
        async undo(context) {
          if (context.output.wasCut) return undefined
          const layers = await preparedLayers(db, context)
          await driver.detach(
            serverOf(context),
            layers.map(layer => ({ diskId: 0, from: layer, to: layer })),
          )
          for (const layer of layers) await driver.discardLayer(layer)
          return undefined
        },
        async unrecord(trx, { input, output }) {
          if (!output.wasCut)
            await deletePrepared(
              trx,
              input.disks.map(disk => disk.layerId),
            )
        },
      },
      {
        name: 'cut',
        weight: 50,
        async run(context) {
          const disks = await cutDisks(db, context.input, context.output.from ?? {})
          const report = await driver.cut(serverOf(context), disks, context.input.consistency)
          const died = context.output.ran === true && !report.running
          return { report: died ? { ...report, reason: 'machine_died' } : report }
        },
        record: (trx, context) => recordCut(trx, context),
        async undo(context) {
          if (context.output.report) return { wasCut: true }
          // Nobody knows whether it happened: ask. If the machine has ended meanwhile, the new layers hold what it may
          // have written after the cut, and are empty if there was none: either way they are the right heads.
          const machine = await driver.inspect(serverOf(context))
          const isCut = context.input.disks.every(disk => machine.chains.get(disk.diskId)?.includes(disk.layerId))
          return { wasCut: machine.state === 'absent' || isCut }
        },
        async unrecord(trx, context) {
          if (context.output.wasCut) await recordCut(trx, context)
        },
      },
      {
        name: 'publish',
        weight: 20,
        async run(context) {
          return { receipt: await makeReceipt(db, driver, context) }
        },
      },
    ],
    async completed(trx, { operation, output }) {
      const receipt = output.receipt as Receipt
      const disks = receipt.disks.map(disk => ({ allocatedBytes: disk.allocated_bytes, virtualBytes: disk.size_bytes }))
      await trx
        .updateTable('snapshots')
        .set({
          status: 'completed',
          size_mb: sizeMb(disks),
          receipt: JSON.stringify(receipt),
          ended_at: deps.now(),
        })
        .where('id', '=', operation.snapshotId)
        .execute()
      await forgetIfDeleted(trx, operation.snapshotId as number)
    },
    async failed(trx, { operation }) {
      const id = operation.snapshotId as number
      await trx.updateTable('snapshots').set({ status: 'failed', ended_at: deps.now() }).where('id', '=', id).execute()
      await trx.deleteFrom('snapshot_layers').where('snapshot_id', '=', id).execute()
    },
  }
}

async function isRecordedRunning(db: Db, serverId: number): Promise<boolean> {
  const server = await db.selectFrom('servers').select('status').where('id', '=', serverId).executeTakeFirstOrThrow()
  return server.status === 'active' || server.status === 'suspended'
}

/** May be repeated, also when a merge has moved on since: what is recorded already is left alone. */
async function recordCut(trx: Trx, { operation, input, output }: Context): Promise<void> {
  const heads = new Map(
    (await readDisks(trx, operation.serverId as number)).map(disk => [disk.id, disk.active_layer_id]),
  )
  for (const { diskId, slot, layerId } of input.disks) {
    if (heads.get(diskId) === layerId) continue
    const sealed = output.from?.[diskId]
    if (sealed === undefined) throw new Error(`disk ${diskId} was not prepared`)
    // Kept to the end of this operation, also if the snapshot is deleted meanwhile.
    await leaseForUse(trx, operation.id, [sealed])
    await trx.updateTable('layers').set({ parent_id: sealed }).where('id', '=', layerId).execute()
    await switchHead(trx, diskId, layerId)
    await trx
      .insertInto('snapshot_layers')
      .values({ snapshot_id: operation.snapshotId as number, disk_id: diskId, slot, layer_id: sealed })
      .onConflict(conflict => conflict.columns(['snapshot_id', 'disk_id']).doNothing())
      .execute()
  }
}

/** Deleted while it was being made, too late to be cancelled: its layers are nobody's. */
async function forgetIfDeleted(trx: Trx, snapshotId: number): Promise<void> {
  await trx
    .deleteFrom('snapshot_layers')
    .where('snapshot_id', 'in', eb =>
      eb.selectFrom('snapshots').select('id').where('id', '=', snapshotId).where('deleted_at', 'is not', null),
    )
    .execute()
}

async function makeReceipt(db: Db, driver: Driver, { operation, input, output }: Context): Promise<Receipt> {
  const report = output.report as CutReport
  if (input.consistency === 'filesystem' && report.achieved !== 'filesystem') {
    const why = report.reason === null ? '' : `: ${consistencyReasons[report.reason]}`
    throw new Failure('consistency_unavailable', `The freeze could not be proven to have held${why}.`)
  }
  await verifyChains(db, driver, operation.serverId as number)
  const disks: { slot: number; size_bytes: number; allocated_bytes: number }[] = []
  for (const disk of input.disks) {
    const chain = await readChain(db, output.from?.[disk.diskId] as LayerId)
    const sizes = await driver.measure(chain)
    disks.push({
      slot: disk.slot,
      size_bytes: chain[0]?.sizeBytes ?? 0,
      allocated_bytes: [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0),
    })
  }
  return {
    requested: input.consistency,
    achieved: report.achieved,
    reason: report.reason,
    cut_at: report.cutAt,
    freeze_ms: report.freezeMs,
    pause_ms: report.pauseMs,
    running: report.running,
    driver_version: await driver.version(),
    disks,
  }
}

async function cutDisks(db: Db, input: CreateInput, from: Readonly<Record<string, LayerId>>): Promise<CutDisk[]> {
  const disks: CutDisk[] = []
  for (const { diskId, layerId } of input.disks) {
    const sealed = from[diskId]
    if (sealed === undefined) throw new Error(`disk ${diskId} has no layer to seal`)
    disks.push({ diskId, from: await readLayer(db, sealed), to: await readLayer(db, layerId) })
  }
  return disks
}

async function preparedLayers(db: Db, { input }: Context) {
  const ids = input.disks.map(disk => disk.layerId)
  const rows = await db
    .selectFrom('layers')
    .select('id')
    .where('id', 'in', ids)
    .where('state', '=', 'prepared')
    .execute()
  return Promise.all(rows.map(row => readLayer(db, row.id)))
}

function serverOf({ operation }: Context): number {
  return operation.serverId as number
}
