/** What tests of servers' lives share. */
import type { TestContext } from 'node:test'
import { sql } from 'kysely'
import { pino } from 'pino'
import { atOneInstant } from '../../src/db/database.ts'
import { planGarbage } from '../../src/domain/layers.ts'
import { liveLeases, loadGraph, loadRoots } from '../../src/layers/store.ts'
import { buildService, type Service } from '../../src/service.ts'
import type { World } from '../http/harness.ts'

export const plan = { vcpus: 1, memory: 256, storage: 1 }
export const waiting = { headers: { prefer: 'wait=30' } }

/** A public key as ssh-keygen writes it, of a key that nobody has. */
export const sshKey = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from('ssh-ed25519'),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 7),
]).toString('base64')} somebody@example.test`

const tables = [
  'servers',
  'disks',
  'layers',
  'forwarded_ports',
  'snapshots',
  'snapshot_layers',
  'undo_points',
  'undo_layers',
  'operations',
  'idempotency_keys',
] as const

/** How much there is of everything: rows by table, leases that still count, files. */
export async function footprint({ db, memory }: Pick<World, 'db' | 'memory'>): Promise<Record<string, number>> {
  const counts = await db
    .selectNoFrom(eb => tables.map(table => eb.selectFrom(table).select(sql<number>`count(*)`.as('count')).as(table)))
    .executeTakeFirstOrThrow()
  const leases = await liveLeases(db).select('layer_leases.layer_id').execute()
  return {
    ...Object.fromEntries(Object.entries(counts).map(([table, count]) => [table, Number(count)])),
    leases: leases.length,
    files: memory.controls.layerIds().length,
  }
}

/** Makes a server and waits until it runs; its detail. */
export async function made(world: World, body: object = {}) {
  const reply = await world.post('servers/', { name: 'made', image_id: 1, plan, ...body }, waiting)
  if (reply.status !== 201 || reply.body.status !== 'active') throw new Error(`not made: ${reply.text}`)
  return reply.body
}

/** Until every operation has ended and there is no garbage that could go. */
export async function settled(world: World, service: Service = world.service): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; await new Promise(resolve => setTimeout(resolve, 5))) {
    const left = await leftToDo(world.db)
    if (left.length === 0) return
    if (Date.now() > deadline) throw new Error(`not at rest: ${left.join(', ')}`)
    service.collector.wake()
    service.engine.wake()
  }
}

/** As it is at one instant: what comes between two looks would be seen by neither. */
const leftToDo = (world: World['db']) =>
  atOneInstant(world, async db => {
    const operations = await db.selectFrom('operations').select('kind').where('ended_at', 'is', null).execute()
    const trash = await db.selectFrom('layers').select('id').where('state', '=', 'trash').execute()
    const { unlink, merge } = planGarbage(await loadGraph(db), await loadRoots(db))
    return [
      ...operations.map(({ kind }) => kind),
      ...[...trash.map(({ id }) => id), ...unlink, ...merge.map(({ garbage }) => garbage)].map(id => `layer ${id}`),
    ]
  })

/** The service ends, something happens, and another one starts on the same database and host; how to start it. */
export async function nextService(
  t: Pick<TestContext, 'after'>,
  { db, memory, now, service }: World,
  meanwhile: () => Promise<unknown> | unknown,
): Promise<Service> {
  await service.stop()
  await meanwhile()
  const driver = memory.reopen()
  const next = buildService({
    db,
    driver,
    now,
    snapshotLimit: 5,
    reserveBytes: 0,
    undoMs: 3600_000,
    stopGraceMs: 1000,
    log: pino({ level: 'silent' }),
  })
  t.after(async () => {
    await next.stop()
    await driver.close()
  })
  return next
}
