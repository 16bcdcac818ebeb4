/**
 * Merging one garbage layer into the one layer that stands on it.
 *
 * A merge writes to the child's file, so it leases both layers. It never delays or refuses a person's request: what
 * needs the child (a cut of the active layer, a restore, a stop, a start) cancels the block job, and this operation
 * waits and begins again. A start or a restore leases the chain it is about to open for use; as long as that lease
 * lives, a merge that has pivoted on disk in the very same moment is not recorded and simply done again, in the
 * machine this time: the garbage layer is still there, so nothing is lost.
 *
 *   lease    still garbage, and in nobody's hands
 *   copy     its bytes into the child, throttled
 *   flush    they are durable; that this step is journalled is the proof that counts
 *   pivot    the child stands on the base; recorded: the tree says so too, the garbage layer is trash
 *   discard  its file goes, last
 */
import type { Db, Trx } from '../db/database.ts'
import { DatabaseUnavailable } from '../db/unavailable.ts'
import { isNeeded, type LayerId, planGarbage } from '../domain/layers.ts'
import { type Driver, LayerBusy, type MergeJob, MergeYielded } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { wasDone } from '../operations/journal.ts'
import { Deferred, type OperationKind, type StepContext } from '../operations/operation.ts'
import {
  leaseForMerge,
  loadGraph,
  loadRoots,
  MERGE_BEGINS,
  MERGE_MAY_PIVOT,
  otherHolders,
  readChain,
  readLayer,
  usersSince,
} from './store.ts'

export interface MergeInput {
  readonly garbage: LayerId
  readonly child: LayerId
  readonly base: LayerId | null
}

/** Long enough for a full disk to be noticed, short enough not to be forgotten. */
const FAILED_DELAY_MS = 10_000

interface MergeOutput {
  /** The garbage layer's file is gone. If not, its row stays as trash, and garbage collection tries again. */
  readonly isDiscarded: boolean
}

type Context = StepContext<MergeInput, MergeOutput>

export function mergeKind(db: Db, driver: Driver): OperationKind<MergeInput, MergeOutput> {
  return {
    kind: 'merge',
    deadlineMs: null,
    background: true,
    cancellable: false,
    steps: [
      {
        name: MERGE_BEGINS,
        weight: 1,
        record: lease,
        async undo({ operation, input }) {
          // Of an earlier round, too, that came further than this one.
          await driver.cancelMerge({ id: operation.id, child: { id: input.child } })
          return undefined
        },
      },
      {
        name: 'copy',
        weight: 95,
        async run(context) {
          const job = await jobOf(db, context)
          await giveWay(() => driver.copyMerge(job, context.progress, context.signal))
          return undefined
        },
      },
      {
        name: MERGE_MAY_PIVOT,
        weight: 1,
        async run(context) {
          await giveWay(async () => driver.flushMerge(await jobOf(db, context)))
          return undefined
        },
      },
      {
        name: 'pivot',
        weight: 1,
        async run(context) {
          const pivoted = await giveWay(async () => driver.pivotMerge(await jobOf(db, context)))
          if (!pivoted) {
            throw new Deferred('the server ended before the merge was done', { fromStart: true, isSteady: true })
          }
          return undefined
        },
        record: recordPivot,
      },
      {
        name: 'discard',
        weight: 2,
        async run({ input }) {
          // The merge itself is done: nothing that fails here is a reason to take anything back.
          const discarded = driver.discardLayer(await readLayer(db, input.garbage))
          return { isDiscarded: await discarded.then(() => true).catch(() => false) }
        },
        async record(trx, { input, output }) {
          if (!output.isDiscarded) return
          await trx.deleteFrom('layer_leases').where('layer_id', '=', input.garbage).execute()
          await trx.deleteFrom('layers').where('id', '=', input.garbage).execute()
        },
      },
    ],
  }
}

async function lease(trx: Trx, context: Context): Promise<void> {
  const { operation, input } = context
  if (!(await isWanted(trx, context))) throw new Failure('cancelled', 'Something else has taken its place since.')
  const layers = [input.garbage, input.child]
  deferIfAny(await otherHolders(trx, operation.id, layers))
  await leaseForMerge(trx, operation.id, layers)
}

/**
 * The base, too: it may have been merged into this garbage since the plan was made. A merge that has come to its pivot
 * once goes on also where the plan has a better one by now, or where somebody uses the layers for a moment: QEMU, or the
 * header, may show the child on the base already, and nobody else would ever record it.
 */
async function isWanted(trx: Trx, { operation, input }: Context): Promise<boolean> {
  const { garbage, child, base } = input
  const graph = await loadGraph(trx)
  const roots = await loadRoots(trx)
  if (
    planGarbage(graph, roots).merge.some(one => one.garbage === garbage && one.child === child && one.base === base)
  ) {
    return true
  }
  const node = graph.get(garbage)
  const isStill = node && !isNeeded(node, { ...roots, leased: new Set() }) && node.parentId === base
  const [only, ...others] = graph.children(garbage)
  if (!isStill || only?.id !== child || others.length > 0) return false
  return wasDone(trx, operation.id, MERGE_MAY_PIVOT)
}

async function recordPivot(trx: Trx, { operation, input }: Context): Promise<void> {
  const { garbage, child, base } = input
  // Also one that has come and gone: what it has started stands on the garbage layer.
  deferIfAny(await usersSince(trx, operation.id, [garbage, child]))
  // A child that nobody needs any more either may be on its way out already.
  const isThere = { id: child, parent_id: garbage, state: 'live' } as const
  await trx
    .updateTable('layers')
    .set({ parent_id: base })
    .where(eb => eb.and(isThere))
    .execute()
  await trx.updateTable('layers').set({ state: 'trash', parent_id: null }).where('id', '=', garbage).execute()
}

export function waitForOperation(id: number): Deferred {
  return new Deferred(`operation ${id} uses its layers`, { fromStart: true })
}

function deferIfAny(holders: readonly number[]): void {
  const [holder] = holders
  if (holder !== undefined) throw waitForOperation(holder)
}

async function jobOf(db: Db, { operation, input }: Context): Promise<MergeJob> {
  const chain = await readChain(db, input.child)
  const find = (id: LayerId) => chain.find(layer => layer.id === id)
  const child = find(input.child)
  const garbage = find(input.garbage)
  const base = input.base === null ? null : find(input.base)
  // Never without a base that is only missing: that would copy all that lies below and cut the child loose.
  if (!child || !garbage || base === undefined) {
    throw new Failure('cancelled', 'Something else has taken its place since.')
  }
  return { id: operation.id, garbage, child, base, chain }
}

/**
 * Giving way is no failure: wait, and begin again. A failure is no end either, because nobody is there to ask again: it
 * is told as what the merge waits for, and tried again later. Until then the garbage layer still holds everything.
 */
async function giveWay<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof DatabaseUnavailable) throw error
    if (error instanceof Failure && error.code === 'cancelled') throw error
    if (error instanceof MergeYielded) {
      // Only people's requests make it yield, however often: it need not wait for longer and longer.
      throw new Deferred('a change of the server went first', { fromStart: true, isSteady: true })
    }
    if (error instanceof LayerBusy) throw new Deferred(error.waitsFor, { delayMs: 500, fromStart: true })
    const reason = error instanceof Error ? error.message : String(error)
    throw new Deferred(`the next try; the last one failed: ${reason}`, { delayMs: FAILED_DELAY_MS, fromStart: true })
  }
}
