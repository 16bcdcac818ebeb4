/** One running server of two disks with three snapshots, the middle one deleted, on whatever host. */
import assert from 'node:assert/strict'
import { type Db, inTransaction } from '../../src/db/database.ts'
import type { LayerId } from '../../src/domain/layers.ts'
import type { Driver, Layer } from '../../src/drivers/driver.ts'
import { BLOCK_BYTES } from '../../src/drivers/memory/world.ts'
import { importKind } from '../../src/images/import.ts'
import { readMachine } from '../../src/layers/machine.ts'
import { mergeKind } from '../../src/layers/merge.ts'
import type { Space } from '../../src/layers/space.ts'
import { makingKinds } from '../../src/servers/create.ts'
import { deletionKind } from '../../src/servers/delete.ts'
import { powerKinds } from '../../src/servers/power.ts'
import { createKind } from '../../src/snapshots/create.ts'
import { requestDelete } from '../../src/snapshots/delete.ts'
import { requestCreate, type SnapshotDeps } from '../../src/snapshots/request-create.ts'
import { restoreKinds } from '../../src/snapshots/restore.ts'
import { anyServer } from './any-server.ts'
import { type AnyKind, makeEngine } from './engine.ts'

const SIZE = 64 * BLOCK_BYTES
export const SPACE: Space = { freeBytes: SIZE, usedBytes: null }

/** For tests. */
export const limits: Omit<SnapshotDeps, 'driver'> = {
  now: Date.now,
  snapshotLimit: 5,
  reserveBytes: 0,
  undoMs: 3600_000,
}

export const depsOf = (driver: SnapshotDeps['driver']): SnapshotDeps => ({ driver, ...limits })

/** All that there are, for a service with this database and this driver. */
export function kindsOn(db: Db, driver: SnapshotDeps['driver']): AnyKind[] {
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

export interface Furnisher {
  readonly driver: Driver
  /** Block → value of its bytes. */
  addImage(layer: Layer, blocks: ReadonlyMap<number, number>): Promise<void>
  /** As the guest of a running server, which syncs. */
  write(serverId: number, slot: number, block: number, value: number): Promise<void>
}

export interface Furnished {
  readonly serverId: number
  /** Ids of the two snapshots that were not deleted, oldest first. */
  readonly snapshotIds: readonly [number, number]
}

export async function furnish(
  db: Db,
  accountId: number,
  kinds: readonly AnyKind[],
  furnisher: Furnisher,
): Promise<Furnished> {
  const serverId = await addServer(db, accountId, furnisher)
  return { serverId, snapshotIds: await takeSnapshots(db, accountId, serverId, kinds, furnisher) }
}

async function addServer(db: Db, accountId: number, { driver, addImage }: Furnisher): Promise<number> {
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
  await addImage(layer(imageId, true), new Map([[0, 0x11]]))
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
  // As every server has them: the system's, and empty ones.
  for (const [slot, parent] of [layer(imageId, true), null].entries()) {
    const { id } = await insertLayer({ parent_id: parent?.id ?? null, is_image: 0, account_id: accountId })
    await driver.createLayer(layer(id, false), parent)
    await db.insertInto('disks').values({ server_id: serverId, slot, active_layer_id: id }).execute()
  }
  await driver.start(await readMachine(db, serverId))
  return serverId
}

async function takeSnapshots(
  db: Db,
  accountId: number,
  serverId: number,
  kinds: readonly AnyKind[],
  { driver, write }: Furnisher,
): Promise<[number, number]> {
  const deps = depsOf(driver)
  const engine = makeEngine(kinds, { db })
  await engine.start()
  const ids: number[] = []
  for (let value = 1; value <= 3; value++) {
    for (const slot of [0, 1]) {
      await write(serverId, slot, 1, value)
      await write(serverId, slot, 10 * value + slot, value)
    }
    const { snapshotId, operationId } = await inTransaction(db, trx =>
      requestCreate(trx, deps, { accountId, serverId, name: `s${value}`, description: '', consistency: 'auto' }, SPACE),
    )
    assert.equal((await engine.waitFor(operationId, 20_000))?.status, 'completed')
    ids.push(snapshotId)
  }
  await engine.stop()
  // The guest's newest, in the active layers alone.
  for (const slot of [0, 1]) await write(serverId, slot, 1, 0x44)
  const [oldest, middle, newest] = ids as [number, number, number]
  await inTransaction(db, trx => requestDelete(trx, deps, { accountId, snapshotId: middle }))
  return [oldest, newest]
}
