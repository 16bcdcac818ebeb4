/**
 * 1,000 operations are in flight when the service is killed. How long after the next one's start until each of them is
 * somebody's again: claimed by it, or ended. With the real clock.
 */
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { makeAccount } from '../../../packages/server/src/accounts/create.ts'
import { inTransaction } from '../../../packages/server/src/db/database.ts'
import { type Memory, openMemory } from '../../../packages/server/src/drivers/memory/controls.ts'
import { BLOCK_BYTES } from '../../../packages/server/src/drivers/memory/world.ts'
import { buildService, type Service } from '../../../packages/server/src/service.ts'
import { requestCreate } from '../../../packages/server/src/snapshots/request-create.ts'
import { anyServer } from '../../../packages/server/test/support/any-server.ts'
import { type DatabaseKind, databases } from '../../../packages/server/test/support/databases.ts'
import { mortal } from '../../../packages/server/test/support/mortal.ts'
import { postgresPrograms } from '../../support/postgres.ts'
import type { Cell } from '../tally.ts'
import { openStore, type Store } from './store.ts'
import { pause } from './time.ts'

const COUNT = 1000
const LIMIT_MS = 30_000
const SIZE = 64 * BLOCK_BYTES

export async function ownAgain(): Promise<Cell[]> {
  const cells: Cell[] = []
  for (const on of databases) {
    if (on === 'sqlite' || postgresPrograms() !== undefined) cells.push(await measure(on))
  }
  return cells
}

async function measure(on: DatabaseKind): Promise<Cell> {
  const store = await openStore(on)
  const memory = openMemory()
  try {
    const ids = await fill(store, memory)
    // Whatever the first one has begun hangs in its first call of the driver.
    const first = await serviceOn(store, memory, () => new Promise(() => {}))
    await first.service.start()
    const deps = { driver: memory.driver, now: Date.now, snapshotLimit: 5, reserveBytes: 0, undoMs: 1000 }
    const ask = async ({ accountId, serverId }: (typeof ids)[number]) => {
      const wanted = { accountId, serverId, name: 's', description: '', consistency: 'auto' } as const
      const space = { freeBytes: 2 ** 40, usedBytes: null }
      await inTransaction(store.db, trx => requestCreate(trx, deps, wanted, space))
    }
    // As many at once as there are connections.
    for (let at = 0; at < ids.length; at += 10) await Promise.all(ids.slice(at, at + 10).map(ask))
    first.service.engine.wake()
    while (first.service.engine.runningCount < 32) await pause(10)
    await first.kill()
    const second = await serviceOn(store, memory, async () => {})
    const since = performance.now()
    await second.service.start()
    const left = () => unowned(store)
    let count = await left()
    while (count > 0 && performance.now() - since < 2 * LIMIT_MS) {
      await pause(100)
      count = await left()
    }
    const ms = Math.round(performance.now() - since)
    await second.service.stop()
    await second.kill()
    console.log(`${COUNT} operations in flight at a kill [${on}]: all owned again ${ms} ms after the restart`)
    const lost = count > 0 || ms > LIMIT_MS ? `${count} of ${COUNT} were nobody's after ${ms} ms` : null
    return { fault: 'the service is killed', during: `${COUNT} snapshot creates`, at: 'the first effect', on, lost }
  } finally {
    await store.close()
  }
}

/** Neither ended nor held by a lease that lasts. A service that starts takes back every lease of the one before. */
async function unowned({ db }: Store): Promise<number> {
  const { count } = await db
    .selectFrom('operations')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('kind', '=', 'snapshot_create')
    .where(eb =>
      eb.or([
        eb('status', 'in', ['queued', 'waiting']),
        eb.and([eb('status', '=', 'running'), eb('lease_until', '<', Date.now())]),
      ]),
    )
    .executeTakeFirstOrThrow()
  return Number(count)
}

async function serviceOn(
  store: Store,
  memory: Memory,
  pace: () => Promise<void>,
): Promise<{ service: Service; kill(): Promise<void> }> {
  const connection = await store.connect(() => {})
  const { driver, db, die } = mortal(memory.reopen(), connection.db, async method => {
    if (method === 'createLayer') await pace()
  })
  const settings = { now: Date.now, snapshotLimit: 5, reserveBytes: 0, undoMs: 1000, stopGraceMs: 1000 }
  const service = buildService({ db, driver, log: pino({ level: 'silent' }), ...settings })
  return {
    service,
    async kill() {
      die()
      // It hears of nothing any more; this only ends its timers.
      void service.stop().catch(() => {})
      await connection.cut()
    },
  }
}

/** Stopped servers, each with a disk. */
async function fill(store: Store, { controls, driver }: Memory): Promise<{ accountId: number; serverId: number }[]> {
  const created_at = Date.now()
  const layer = { size_bytes: SIZE, format: 'qcow2', created_at, state: 'live' } as const
  const common = { sizeBytes: SIZE, format: 'qcow2', file: null } as const
  const made: { accountId: number; serverId: number; layerId: number }[] = []
  await inTransaction(store.db, async trx => {
    made.length = 0
    const names = { firstName: 'Ada', lastName: 'Ada', companyName: '' }
    const { id: accountId } = await makeAccount(trx, { email: 'ada@example.com', ...names }, created_at)
    const image = await trx
      .insertInto('layers')
      .values({ ...layer, is_image: 1 })
      .returning('id')
      .executeTakeFirstOrThrow()
    controls.addImage({ ...common, id: image.id, isImage: true }, new Map())
    await trx.insertInto('images').values({ name: 'tiny', os_name: 'Tiny', layer_id: image.id, created_at }).execute()
    for (let n = 0; n < COUNT; n++) {
      const server = await trx
        .insertInto('servers')
        .values({
          ...anyServer,
          ...{ account_id: accountId, uuid: randomUUID(), name: `s${n}`, hostname: `s${n}`, image_id: 1 },
          ...{ created_at, updated_at: created_at },
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      const own = { account_id: accountId, server_id: server.id, parent_id: image.id, is_image: 0 }
      const head = await trx
        .insertInto('layers')
        .values({ ...layer, ...own })
        .returning('id')
        .executeTakeFirstOrThrow()
      await trx.insertInto('disks').values({ server_id: server.id, slot: 0, active_layer_id: head.id }).execute()
      made.push({ accountId, serverId: server.id, layerId: head.id })
    }
  })
  const base = { ...common, id: 1, isImage: true }
  for (const { layerId } of made) await driver.createLayer({ ...common, id: layerId, isImage: false }, base)
  return made
}
