/**
 * A host in memory with one running server of two disks and three snapshots, the middle one deleted; and what must
 * be true of it whatever operation was done, failed or cut off.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { sql } from 'kysely'
import { type Db, inTransaction } from '../../src/db/database.ts'
import type { LayerId } from '../../src/domain/layers.ts'
import type { Layer } from '../../src/drivers/driver.ts'
import { type Memory, openMemory } from '../../src/drivers/memory/controls.ts'
import { BLOCK_BYTES } from '../../src/drivers/memory/world.ts'
import { importKind } from '../../src/images/import.ts'
import { readDisks, readMachine } from '../../src/layers/machine.ts'
import { mergeKind } from '../../src/layers/merge.ts'
import type { Space } from '../../src/layers/space.ts'
import { liveLeases } from '../../src/layers/store.ts'
import { verifyChains } from '../../src/layers/verify.ts'
import { makingKinds } from '../../src/servers/create.ts'
import { deletionKind } from '../../src/servers/delete.ts'
import { powerKinds } from '../../src/servers/power.ts'
import { createKind } from '../../src/snapshots/create.ts'
import { requestDelete } from '../../src/snapshots/delete.ts'
import { requestCreate, type SnapshotDeps } from '../../src/snapshots/request-create.ts'
import { restoreKinds } from '../../src/snapshots/restore.ts'
import { anyServer } from './any-server.ts'
import { carryOver, openCopy, openTestDatabase } from './database.ts'
import type { DatabaseKind } from './databases.ts'
import { type AnyKind, makeEngine } from './engine.ts'

const SIZE = 64 * BLOCK_BYTES
const space: Space = { freeBytes: SIZE, usedBytes: null }

export type Content = Readonly<Record<number, ReadonlyMap<number, number>>>

export interface SmallHost {
  readonly db: Db
  readonly memory: Memory
  readonly accountId: number
  readonly serverId: number
  /** Ids of the two snapshots that were not deleted, oldest first. */
  readonly snapshotIds: readonly [number, number]
  readonly deps: SnapshotDeps
  readonly space: Space
  /** As a newly started service has them. */
  kinds(): Promise<AnyKind[]>
  /** Those of a service with this database and this driver. */
  kindsOn(db: Db, driver: SnapshotDeps['driver']): AnyKind[]
  /** Block → value of what layers hold, by slot. */
  held(rows: readonly { readonly slot: number; readonly layer_id: LayerId }[]): Content
  /** Of each disk, as the guest reads it, or as its head holds it. */
  content(): Promise<Content>
  /** No content changed; database, machine and files agree; nothing is left over. Throws if not. */
  verify(): Promise<void>
  close(): Promise<void>
}

/** The same for everybody, and made once: what costs most of a test is what comes before it. */
interface Pattern {
  readonly memory: Memory
  /** Of the database. */
  readonly file: Buffer
  readonly accountId: number
  readonly serverId: number
  readonly snapshotIds: readonly [number, number]
}
let pattern: Promise<Pattern> | undefined

async function makePattern(): Promise<Pattern> {
  const { db, accountId, folder, close } = await openTestDatabase('sqlite', { inMemory: true })
  const memory = openMemory()
  const { serverId } = await addServer(db, memory, accountId)
  const deps = depsOf(memory.driver)
  const snapshotIds = await takeSnapshots(db, memory, deps, kindsOn(db, memory.driver), accountId, serverId)
  const file = path.join(folder, 'pattern.db')
  await sql`vacuum into ${file}`.execute(db)
  const made = { memory, file: await readFile(file), accountId, serverId, snapshotIds }
  await close()
  return made
}

const depsOf = (driver: SnapshotDeps['driver']): SnapshotDeps => ({
  driver,
  now: Date.now,
  snapshotLimit: 5,
  reserveBytes: 0,
  undoMs: 3600_000,
})

function kindsOn(db: Db, driver: SnapshotDeps['driver']): AnyKind[] {
  const deps = depsOf(driver)
  return [
    createKind(db, deps),
    ...restoreKinds(db, deps),
    ...powerKinds(db, { driver, now: Date.now, stopGraceMs: 10 }),
    ...makingKinds(db, { driver, now: Date.now }),
    deletionKind({ driver, now: Date.now }),
    importKind(db, deps) as AnyKind,
    mergeKind(db, driver),
  ]
}

export async function openSmallHost(database: DatabaseKind): Promise<SmallHost> {
  pattern ??= makePattern()
  const { file, serverId, snapshotIds, accountId, ...made } = await pattern
  const memory = made.memory.copy()
  const deps = depsOf(memory.driver)
  const { db, close } = await carryOver(await openCopy(file, accountId), database)
  const snapshotContents = await contentsOfSnapshots(db, memory)

  const held: SmallHost['held'] = rows =>
    Object.fromEntries(rows.map(({ slot, layer_id }) => [slot, memory.controls.contents(layer_id)]))

  return {
    db,
    memory,
    accountId,
    serverId,
    snapshotIds,
    deps,
    space,
    kinds: async () => {
      const driver = memory.reopen()
      await driver.adopt([serverId])
      return kindsOn(db, driver)
    },
    kindsOn,
    held,
    content: async () => {
      const disks = await readDisks(db, serverId)
      return held(disks.map(({ slot, active_layer_id }) => ({ slot, layer_id: active_layer_id })))
    },
    verify: async () => {
      const contents = await contentsOfSnapshots(db, memory)
      const deleted = await db.selectFrom('snapshots').select('id').where('deleted_at', 'is not', null).execute()
      for (const [key, blocks] of snapshotContents) {
        if (deleted.some(({ id }) => key.startsWith(`${id}/`))) continue
        assert.deepEqual(contents.get(key), blocks, `snapshot ${key}`)
      }
      await verifyChains(db, memory.driver, serverId)
      await verifyFiles(db, memory)
      assert.deepEqual(await liveLeases(db).selectAll().execute(), [], 'leases of operations that have not ended')
    },
    close: async () => {
      await memory.driver.close()
      await close()
    },
  }
}

async function addServer(db: Db, memory: Memory, accountId: number): Promise<{ serverId: number }> {
  const insertLayer = (values: { parent_id: LayerId | null; is_image: number; account_id: number | null }) =>
    db
      .insertInto('layers')
      .values({ ...values, size_bytes: SIZE, format: 'qcow2', state: 'live', created_at: 0 })
      .returning('id')
      .executeTakeFirstOrThrow()
  const layer = (id: LayerId, isImage: boolean): Layer => ({
    id,
    sizeBytes: SIZE,
    format: 'qcow2',
    isImage,
    file: null,
  })
  const { id: imageId } = await insertLayer({ parent_id: null, is_image: 1, account_id: null })
  memory.controls.addImage(layer(imageId, true), new Map([[0, 0x11]]))
  const { id: osId } = await db
    .insertInto('images')
    .values({ name: 'tiny', os_name: 'Tiny', layer_id: imageId, created_at: 0 })
    .returning('id')
    .executeTakeFirstOrThrow()
  const { id: serverId } = await db
    .insertInto('servers')
    .values({
      ...anyServer,
      account_id: accountId,
      uuid: '00000000-0000-4000-8000-000000000001',
      name: 'web',
      hostname: 'web.example.test',
      status: 'active',
      image_id: osId,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  for (const slot of [0, 1]) {
    const { id } = await insertLayer({ parent_id: imageId, is_image: 0, account_id: accountId })
    await memory.driver.createLayer(layer(id, false), layer(imageId, true))
    await db.insertInto('disks').values({ server_id: serverId, slot, active_layer_id: id }).execute()
  }
  await memory.driver.start(await readMachine(db, serverId))
  return { serverId }
}

async function takeSnapshots(
  db: Db,
  memory: Memory,
  deps: SnapshotDeps,
  kinds: AnyKind[],
  accountId: number,
  serverId: number,
): Promise<[number, number]> {
  const engine = makeEngine(kinds, { db })
  await engine.start()
  const ids: number[] = []
  for (let value = 1; value <= 3; value++) {
    for (const slot of [0, 1]) {
      memory.controls.write(serverId, slot, 1, value)
      memory.controls.write(serverId, slot, 10 * value + slot, value)
    }
    const { snapshotId, operationId } = await inTransaction(db, trx =>
      requestCreate(trx, deps, { accountId, serverId, name: `s${value}`, description: '', consistency: 'auto' }, space),
    )
    assert.equal((await engine.waitFor(operationId, 20_000))?.status, 'completed')
    ids.push(snapshotId)
  }
  await engine.stop()
  // The guest's newest, in the active layers alone.
  for (const slot of [0, 1]) memory.controls.write(serverId, slot, 1, 0x44)
  const [oldest, middle, newest] = ids as [number, number, number]
  await inTransaction(db, trx => requestDelete(trx, deps, { accountId, snapshotId: middle }))
  return [oldest, newest]
}

/** `snapshot/disk` → what it holds. */
async function contentsOfSnapshots(db: Db, memory: Memory): Promise<Map<string, ReadonlyMap<number, number>>> {
  const rows = await db.selectFrom('snapshot_layers').selectAll().execute()
  return new Map(rows.map(row => [`${row.snapshot_id}/${row.disk_id}`, memory.controls.contents(row.layer_id)]))
}

/** No file without a row, no row without a file. What is in the trash may have either. */
async function verifyFiles(db: Db, memory: Memory): Promise<void> {
  const rows = await db.selectFrom('layers').select(['id', 'state']).execute()
  const trash = new Set(rows.filter(row => row.state === 'trash').map(row => row.id))
  const wanted = rows.filter(row => row.state !== 'trash').map(row => row.id)
  assert.deepEqual(
    memory.controls
      .layerIds()
      .filter(id => !trash.has(id))
      .sort((a, b) => a - b),
    wanted.sort((a, b) => a - b),
    'files and rows',
  )
  assert.deepEqual(
    rows.filter(row => row.state === 'prepared'),
    [],
    'prepared layers are left over',
  )
}
