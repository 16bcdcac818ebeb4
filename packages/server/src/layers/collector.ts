/**
 * Garbage collection: finds what nobody needs and has it go. Deleting a snapshot only drops its name; this does the
 * rest, in the background and after every crash again, because it looks at what is and not at what was asked.
 */
import { type Db, inTransaction } from '../db/database.ts'
import type { LayerId } from '../domain/layers.ts'
import { planGarbage } from '../domain/layers.ts'
import type { Driver } from '../drivers/driver.ts'
import { enqueue } from '../operations/journal.ts'
import { layerLane } from '../operations/lanes.ts'
import { loadGraph, loadRoots, mergingAway, readLayer, toLayer } from './store.ts'

const DAY_MS = 24 * 3600_000

export interface CollectorOptions {
  readonly db: Db
  readonly driver: Driver
  readonly now: () => number
  readonly everyMs: number
  /** Merges have been added. */
  readonly onMerges: () => void
  readonly log: { error(fields: object, text: string): void }
}

export class Collector {
  readonly #options: CollectorOptions
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #again = false
  #stopped = false

  constructor(options: CollectorOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => this.wake(), this.#options.everyMs)
    this.wake()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#running
  }

  wake(): void {
    if (this.#stopped) return
    if (this.#running) {
      this.#again = true
      return
    }
    this.#running = this.#collect()
      .catch(error => this.#options.log.error({ err: error }, 'garbage collection failed'))
      .finally(() => {
        this.#running = undefined
        if (this.#again) {
          this.#again = false
          this.wake()
        }
      })
  }

  async #collect(): Promise<void> {
    const { db, driver, now, onMerges } = this.#options
    await dropExpired(db, now())
    await forgetRemoved(db, driver)
    // Removing a leaf can make a leaf of what it stood on.
    while ((await trashLeaves(db)) > 0);
    if ((await planMerges(db, now())) > 0) onMerges()
    await this.#emptyTrash(driver)
  }

  /**
   * Files go after their tombstones, rows after their files. What a merge has dropped is the merge's own to discard.
   * One layer that cannot go now keeps no other from going.
   */
  async #emptyTrash(driver: Driver): Promise<void> {
    const { db, log } = this.#options
    const merging = await mergingAway(db)
    // What stood on another goes first: a machine may have both open, one on top of the other.
    const rows = await db.selectFrom('layers').select('id').where('state', '=', 'trash').orderBy('id', 'desc').execute()
    for (const { id } of rows.filter(row => !merging.has(row.id))) {
      await discard(db, driver, id).catch(error => log.error({ layer: id, err: error }, 'a layer could not be removed'))
    }
  }
}

/** What is kept for a time only: undo points, failed snapshots and images in the list, idempotency keys. */
async function dropExpired(db: Db, now: number): Promise<void> {
  await inTransaction(db, async trx => {
    await trx
      .deleteFrom('undo_layers')
      .where('undo_point_id', 'in', trx.selectFrom('undo_points').select('id').where('expires_at', '<=', now))
      .execute()
    await trx.deleteFrom('undo_points').where('expires_at', '<=', now).execute()
    await trx
      .updateTable('snapshots')
      .set({ deleted_at: now })
      .where('status', '=', 'failed')
      .where('deleted_at', 'is', null)
      .where('ended_at', '<=', now - DAY_MS)
      .execute()
    await trx
      .updateTable('images')
      .set({ deleted_at: now })
      .where('status', '=', 'failed')
      .where('deleted_at', 'is', null)
      .where('operation_id', 'in', eb =>
        eb
          .selectFrom('operations')
          .select('id')
          .where('kind', '=', 'image_import')
          .where('ended_at', '<=', now - DAY_MS),
      )
      .execute()
    await trx
      .deleteFrom('idempotency_keys')
      .where('created_at', '<=', now - DAY_MS)
      .execute()
  })
}

/** What a rebuild has kept and somebody who knows better has removed is kept no longer, unless something stands on it. */
async function forgetRemoved(db: Db, driver: Driver): Promise<void> {
  const rows = await db.selectFrom('layers').selectAll().where('state', '=', 'kept').execute()
  if (rows.length === 0) return
  const there = await driver.measure(rows.map(toLayer))
  const removed = rows.map(row => row.id).filter(id => !there.has(id))
  if (removed.length === 0) return
  await db
    .updateTable('layers')
    .set({ state: 'live' })
    .where('id', 'in', removed)
    .where('id', 'not in', eb =>
      eb.selectFrom('layers').select('parent_id').where('parent_id', 'is not', null).$castTo<{ parent_id: number }>(),
    )
    .execute()
}

/** Tombstones first, in the transaction that has seen that nobody needs them. */
function trashLeaves(db: Db): Promise<number> {
  return inTransaction(db, async trx => {
    const { unlink } = planGarbage(await loadGraph(trx), await loadRoots(trx))
    if (unlink.length === 0) return 0
    await trx.updateTable('layers').set({ state: 'trash', parent_id: null }).where('id', 'in', unlink).execute()
    return unlink.length
  })
}

async function discard(db: Db, driver: Driver, id: LayerId): Promise<void> {
  await driver.discardLayer(await readLayer(db, id))
  await inTransaction(db, async trx => {
    await trx.deleteFrom('layer_leases').where('layer_id', '=', id).execute()
    await trx.updateTable('images').set({ layer_id: null }).where('layer_id', '=', id).execute()
    await trx.deleteFrom('layers').where('id', '=', id).where('state', '=', 'trash').execute()
  })
}

function planMerges(db: Db, now: number): Promise<number> {
  return inTransaction(db, async trx => {
    const plan = planGarbage(await loadGraph(trx), await loadRoots(trx))
    const underWay = await mergingAway(trx)
    const fresh = plan.merge.filter(merge => !underWay.has(merge.garbage))
    for (const merge of fresh) {
      await enqueue(
        trx,
        {
          accountId: await ownerOf(merge.garbage),
          kind: 'merge',
          lane: layerLane(merge.child),
          input: merge,
        },
        now,
      )
    }
    return fresh.length

    async function ownerOf(id: LayerId): Promise<number> {
      const { account_id } = await trx
        .selectFrom('layers')
        .select('account_id')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      if (account_id === null) throw new Error(`layer ${id} is an image's and cannot be garbage`)
      return account_id
    }
  })
}
