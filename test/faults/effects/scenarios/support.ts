/** What the scenarios share. */
import assert from 'node:assert/strict'
import { inTransaction, type Trx } from '../../../../packages/server/src/db/database.ts'
import type { Driver } from '../../../../packages/server/src/drivers/driver.ts'
import { Failure } from '../../../../packages/server/src/errors.ts'
import { readDisks } from '../../../../packages/server/src/layers/machine.ts'
import { makeEngine } from '../../../../packages/server/test/support/engine.ts'
import { kindsOn } from '../../../../packages/server/test/support/small-server.ts'
import type { Content, World } from '../world.ts'

/** Slot → what is on the disk in it. */
export type Contents = Readonly<Record<number, Content>>

/** Before anything counts. */
export async function withDriver<Value>(world: World, work: (driver: Driver) => Promise<Value>): Promise<Value> {
  const driver = await world.openDriver()
  try {
    return await work(driver)
  } finally {
    await driver.close()
  }
}

/** Before anything counts: asked for and done. */
export function complete<Answer extends { readonly operationId: number }>(
  world: World,
  request: (trx: Trx, driver: Driver) => Promise<Answer>,
): Promise<Answer> {
  const { db } = world
  return withDriver(world, async driver => {
    const servers = await db.selectFrom('servers').select('id').where('deleted_at', 'is', null).execute()
    await driver.adopt(servers.map(({ id }) => id))
    const answer = await inTransaction(db, trx => request(trx, driver))
    const engine = makeEngine(kindsOn(db, driver), { db, pollMs: 2 })
    await engine.start()
    assert.equal((await engine.waitFor(answer.operationId, 20_000))?.status, 'completed')
    await engine.stop()
    return answer
  })
}

/** The server's guest has been shut down. */
export async function stopped(world: World, serverId = world.serverId): Promise<void> {
  await withDriver(world, driver => driver.halt(serverId))
  await world.db.updateTable('servers').set({ status: 'stopped' }).where('id', '=', serverId).execute()
}

export function serverRow({ db }: World, serverId: number) {
  return db
    .selectFrom('servers')
    .select(['status', 'status_reason', 'deleted_at'])
    .where('id', '=', serverId)
    .executeTakeFirstOrThrow()
}

/** What the guest reads, or will when it is started. */
export async function headsOf(world: World, serverId = world.serverId): Promise<Contents> {
  const disks = await readDisks(world.db, serverId)
  return contentsOf(
    world,
    disks.map(disk => [disk.slot, disk.active_layer_id]),
  )
}

export async function snapshotOf(world: World, snapshotId: number): Promise<Contents> {
  const rows = await world.db.selectFrom('snapshot_layers').selectAll().where('snapshot_id', '=', snapshotId).execute()
  return contentsOf(
    world,
    rows.map(row => [row.slot, row.layer_id]),
  )
}

/** What an undo brings back; nothing where there is none. */
export async function undoOf(world: World): Promise<Contents> {
  const rows = await world.db.selectFrom('undo_layers').selectAll().execute()
  return contentsOf(
    world,
    rows.map(row => [row.slot, row.layer_id]),
  )
}

async function contentsOf(world: World, layers: readonly (readonly [number, number])[]): Promise<Contents> {
  const contents = layers.map(async ([slot, layer]) => [slot, await world.contents(layer)])
  return Object.fromEntries(await Promise.all(contents)) as Contents
}

export function refusedWith(code: string, work: () => Promise<unknown>): Promise<void> {
  return assert.rejects(work, error => error instanceof Failure && error.code === code)
}
