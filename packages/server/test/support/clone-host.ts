/**
 * A host in memory whose servers share layers, with a service that can die and come back. What its requests are refused
 * with is thrown, as a route would see it.
 */
import assert from 'node:assert/strict'
import { type Db, inTransaction, type Trx } from '../../src/db/database.ts'
import { LayerGraph, type LayerId, planGarbage } from '../../src/domain/layers.ts'
import { type Memory, openMemory } from '../../src/drivers/memory/controls.ts'
import { BLOCK_BYTES } from '../../src/drivers/memory/world.ts'
import { Collector } from '../../src/layers/collector.ts'
import { Hastener } from '../../src/layers/hasten.ts'
import { readDisks } from '../../src/layers/machine.ts'
import { mergeKind } from '../../src/layers/merge.ts'
import { loadGraph, loadRoots } from '../../src/layers/store.ts'
import { verifyChains } from '../../src/layers/verify.ts'
import type { Engine } from '../../src/operations/engine.ts'
import { unended } from '../../src/operations/journal.ts'
import { makingKinds } from '../../src/servers/create.ts'
import { deletionKind } from '../../src/servers/delete.ts'
import { powerKinds, requestPower } from '../../src/servers/power.ts'
import { requestClone } from '../../src/servers/request-clone.ts'
import { requestCreate as requestServer } from '../../src/servers/request-create.ts'
import { requestDelete as requestServerDelete } from '../../src/servers/request-delete.ts'
import { Watcher } from '../../src/servers/watch.ts'
import { createKind } from '../../src/snapshots/create.ts'
import { requestDelete } from '../../src/snapshots/delete.ts'
import { requestCreate } from '../../src/snapshots/request-create.ts'
import { requestRestore, requestUndo } from '../../src/snapshots/request-restore.ts'
import { restoreKinds } from '../../src/snapshots/restore.ts'
import { openTestDatabase } from './database.ts'
import type { DatabaseKind } from './databases.ts'
import { makeEngine, quiet } from './engine.ts'
import { type Mortal, mortal, type Pace } from './mortal.ts'

export const IMAGE = new Map([[0, 0x11]])
export const SLOTS = [0, 1] as const
const DAY_MS = 24 * 3600_000

/** Slot → block → value. */
export type Contents = ReadonlyMap<number, ReadonlyMap<number, number>>

interface Service extends Mortal {
  readonly engine: Engine
  readonly collector: Collector
  readonly parts: readonly { stop(): Promise<void> }[]
}

export class CloneHost {
  readonly db: Db
  readonly memory: Memory
  readonly #accountId: number
  readonly #pace: Pace
  readonly #close: () => Promise<void>
  readonly #clock = { offset: 0 }
  readonly #now = () => Date.now() + this.#clock.offset
  #service: Service

  private constructor(db: Db, accountId: number, pace: Pace, close: () => Promise<void>) {
    this.db = db
    this.#pace = pace
    this.memory = openMemory()
    this.#accountId = accountId
    this.#close = close
    this.#service = this.#build()
  }

  static async open(kind: DatabaseKind, pace: Pace): Promise<CloneHost> {
    const { db, accountId, close } = await openTestDatabase(kind, { inMemory: true })
    const host = new CloneHost(db, accountId, pace, close)
    await host.#begin()
    return host
  }

  get #deps() {
    const { driver } = this.#service
    return { driver, now: this.#now, snapshotLimit: 100, reserveBytes: 0, undoMs: DAY_MS }
  }

  get #space() {
    return { freeBytes: 2 ** 40, usedBytes: null }
  }

  get #offer() {
    return { space: this.#space, memory: { totalMb: 4096, freeMb: 4096 }, nvramBytes: null, ports: [] }
  }

  #build(): Service {
    const { driver, db, die } = mortal(this.memory.reopen(), this.db, this.#pace)
    const now = this.#now
    const deps = { driver, now, snapshotLimit: 100, reserveBytes: 0, undoMs: DAY_MS, stopGraceMs: 10 }
    const kinds = [
      createKind(db, deps),
      ...restoreKinds(db, deps),
      ...powerKinds(db, deps),
      ...makingKinds(db, deps),
      deletionKind(deps),
      mergeKind(db, driver),
    ]
    const engine = makeEngine(kinds, { db, now, pollMs: 1000, limit: 32 })
    const common = { db, driver, now, log: quiet }
    const collector = new Collector({ ...common, everyMs: DAY_MS, onMerges: () => engine.wake() })
    const hastener = new Hastener({ ...common, onDue: () => engine.wake() })
    const addresses = { ask: () => {}, forget: () => {} }
    const watcher = new Watcher({ ...common, addresses, cables: { catchUp: async () => {} } })
    engine.onEnd(operation => {
      if (operation.serverId !== null) watcher.look(operation.serverId)
      hastener.operationEnded(operation)
      collector.wake()
    })
    return { driver, db, die, engine, collector, parts: [hastener, collector, engine, watcher] }
  }

  async #begin(): Promise<void> {
    const servers = await this.db.selectFrom('servers').select('id').where('deleted_at', 'is', null).execute()
    const { driver, engine, collector, parts } = this.#service
    await driver.adopt(servers.map(({ id }) => id))
    await engine.start()
    const [hastener, , , watcher] = parts as [Hastener, Collector, Engine, Watcher]
    await watcher.start(DAY_MS)
    collector.start()
    hastener.start()
  }

  /** The service is killed wherever it is, and started again. */
  async crash(): Promise<void> {
    this.#service.die()
    // It hears of nothing any more; this only ends its timers.
    for (const part of this.#service.parts) void part.stop().catch(() => {})
    // What it had begun to write is written, or not, before anybody comes after it.
    await inTransaction(this.db, async () => {})
    this.#service = this.#build()
    await this.#begin()
  }

  async close(): Promise<void> {
    this.memory.controls.releaseMerges()
    for (const part of this.#service.parts) await part.stop()
    await this.memory.driver.close()
    await this.#close()
  }

  // --- Requests: the operation's id ---------------------------------------------------------------------------

  async #request<Value>(work: (trx: Trx) => Promise<Value>): Promise<Value> {
    const value = await inTransaction(this.db, work)
    this.#service.engine.wake()
    return value
  }

  async addServer(): Promise<{ serverId: number; operationId: number }> {
    const { layerId, imageId } = await inTransaction(this.db, async trx => {
      const { id: layerId } = await trx
        .insertInto('layers')
        .values({ size_bytes: 64 * BLOCK_BYTES, format: 'qcow2', state: 'live', is_image: 1, created_at: 0 })
        .returning('id')
        .executeTakeFirstOrThrow()
      const { id: imageId } = await trx
        .insertInto('images')
        .values({ name: 'tiny', os_name: 'Tiny', layer_id: layerId, created_at: 0 })
        .returning('id')
        .executeTakeFirstOrThrow()
      return { layerId, imageId }
    })
    const layer = { id: layerId, sizeBytes: 64 * BLOCK_BYTES, format: 'qcow2', isImage: true, file: null } as const
    this.memory.controls.addImage(layer, IMAGE)
    const request = { ...this.#wish('web'), imageId, firmware: 'bios', disksGb: [1] } as const
    return this.#request(trx => requestServer(trx, this.#deps, request, this.#offer))
  }

  #wish(name: string) {
    const plan = { name: 'tiny', vcpus: 1, memoryMb: 64, storageGb: 1 }
    const rest = { forwards: [], cloudInit: null, autostart: true, quarantine: false }
    return { accountId: this.#accountId, name, hostname: name, location: 'here', network: 'none', plan, ...rest }
  }

  snapshot(serverId: number): Promise<{ snapshotId: number; operationId: number }> {
    const request = { accountId: this.#accountId, serverId, name: 's', description: '', consistency: 'auto' } as const
    return this.#request(trx => requestCreate(trx, this.#deps, request, this.#space))
  }

  restore(snapshotId: number): Promise<{ operationId: number }> {
    const request = { accountId: this.#accountId, snapshotId }
    return this.#request(trx => requestRestore(trx, this.#deps, request, this.#space))
  }

  undo(serverId: number): Promise<{ operationId: number }> {
    const request = { accountId: this.#accountId, serverId }
    return this.#request(trx => requestUndo(trx, this.#deps, request, this.#space))
  }

  power(action: 'start' | 'stop', serverId: number): Promise<{ operationId: number }> {
    return this.#request(trx =>
      requestPower(trx, this.#deps, action, { accountId: this.#accountId, serverId }, this.#offer.memory),
    )
  }

  clone(serverId: number, snapshotId: number): Promise<{ serverId: number; operationId: number }> {
    const request = { ...this.#wish('clone'), serverId, snapshotId }
    return this.#request(trx => requestClone(trx, this.#deps, request, this.#offer, 0))
  }

  deleteServer(serverId: number): Promise<{ operationId: number }> {
    const request = { accountId: this.#accountId, serverId, withSnapshots: true }
    return this.#request(trx => requestServerDelete(trx, this.#deps, request))
  }

  async deleteSnapshot(snapshotId: number): Promise<void> {
    const request = { accountId: this.#accountId, snapshotId }
    await this.#request(trx => requestDelete(trx, this.#deps, request))
    this.#service.collector.wake()
  }

  // --- What becomes of it -------------------------------------------------------------------------------------

  /** How the operation ended. Services may come and go meanwhile. */
  async ended(operationId: number): Promise<string> {
    for (let tries = 0; tries < 40; tries++) {
      const row = await this.#service.engine.waitFor(operationId, 500)
      if (row && !(unended as readonly string[]).includes(row.status)) {
        return row.error_detail === null ? row.status : `${row.status}: ${row.error_detail}`
      }
    }
    const row = await this.db.selectFrom('operations').selectAll().where('id', '=', operationId).executeTakeFirst()
    throw new Error(`operation ${operationId} does not end: ${JSON.stringify(row)}`)
  }

  /** Throws unless the operation completes; hands on what the request answered. */
  async completed<Answer extends { readonly operationId: number }>(answer: Answer): Promise<Answer> {
    assert.equal(await this.ended(answer.operationId), 'completed')
    return answer
  }

  passTime(ms: number): void {
    this.#clock.offset += ms
    this.#service.engine.wake()
    this.#service.collector.wake()
  }

  /** Until garbage collection has nothing left to do but to wait; what it waits for. */
  async settle(): Promise<ReadonlyMap<LayerId, string>> {
    this.memory.controls.releaseMerges()
    let still = 0
    for (let jumps = 0; jumps < 200; ) {
      await new Promise(setImmediate)
      const plan = planGarbage(await loadGraph(this.db), await loadRoots(this.db))
      const trash = await this.db.selectFrom('layers').select('id').where('state', '=', 'trash').execute()
      const merges = await this.unendedMerges()
      if (merges.some(({ status }) => status !== 'waiting')) continue
      const isShared = merges.every(({ waits_for }) => waits_for?.startsWith('shared by'))
      const isDone = plan.unlink.length + trash.length === 0 && merges.length >= plan.merge.length
      // Looked at again after everything else was done, it still waits.
      if (isDone && isShared && still > 1) return plan.waiting
      still = isDone && isShared ? still + 1 : 0
      jumps++
      this.passTime(31_000)
    }
    throw new Error(`it does not come to rest: ${JSON.stringify(await this.unendedMerges())}`)
  }

  unendedMerges() {
    return this.db
      .selectFrom('operations')
      .selectAll()
      .where('kind', '=', 'merge')
      .where('status', 'in', unended)
      .execute()
  }

  isRunning(serverId: number): Promise<boolean> {
    return this.memory.driver.inspect(serverId).then(({ state }) => state === 'running')
  }

  async contentsOfHead(serverId: number): Promise<Contents> {
    const disks = await readDisks(this.db, serverId)
    return new Map(disks.map(disk => [disk.slot, this.memory.controls.contents(disk.active_layer_id)]))
  }

  async contentsOfSnapshot(snapshotId: number): Promise<Contents> {
    const rows = await this.db
      .selectFrom('snapshot_layers')
      .selectAll()
      .where('snapshot_id', '=', snapshotId)
      .orderBy('slot')
      .execute()
    return new Map(rows.map(row => [row.slot, this.memory.controls.contents(row.layer_id)]))
  }

  verifyChains(serverId: number): Promise<void> {
    return verifyChains(this.db, this.memory.driver, serverId)
  }

  /** No file without a row, no row without a file; nothing prepared, nothing in the trash. At rest only. */
  async verifyFiles(): Promise<void> {
    const rows = await this.db.selectFrom('layers').select(['id', 'state']).orderBy('id').execute()
    assert.deepEqual(
      this.memory.controls.layerIds().sort((a, b) => a - b),
      rows.map(row => row.id),
      'files and rows',
    )
    assert.deepEqual(
      rows.filter(row => row.state !== 'live'),
      [],
      'layers that are neither in the tree nor gone',
    )
    // Throws if the tree is broken.
    const graph = new LayerGraph((await loadGraph(this.db)).all())
    for (const { id } of rows) graph.chain(id)
  }
}
