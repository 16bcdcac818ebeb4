/**
 * A host in memory with one running server of two disks and three snapshots, the middle one deleted; and what must
 * be true of it whatever operation was done, failed or cut off.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { sql } from 'kysely'
import type { Db } from '../../src/db/database.ts'
import type { LayerId } from '../../src/domain/layers.ts'
import { type Memory, openMemory } from '../../src/drivers/memory/controls.ts'
import { readDisks } from '../../src/layers/machine.ts'
import type { Space } from '../../src/layers/space.ts'
import { liveLeases } from '../../src/layers/store.ts'
import { verifyChains } from '../../src/layers/verify.ts'
import type { SnapshotDeps } from '../../src/snapshots/request-create.ts'
import { carryOver, openCopy, openTestDatabase } from './database.ts'
import type { DatabaseKind } from './databases.ts'
import type { AnyKind } from './engine.ts'
import { depsOf, furnish, kindsOn, SPACE } from './small-server.ts'

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
  const { driver, controls } = memory
  const { serverId, snapshotIds } = await furnish(db, accountId, kindsOn(db, driver), {
    driver,
    addImage: async (layer, blocks) => controls.addImage(layer, blocks),
    write: async (...what) => controls.write(...what),
  })
  const file = path.join(folder, 'pattern.db')
  await sql`vacuum into ${file}`.execute(db)
  const made = { memory, file: await readFile(file), accountId, serverId, snapshotIds }
  await close()
  return made
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
    space: SPACE,
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
