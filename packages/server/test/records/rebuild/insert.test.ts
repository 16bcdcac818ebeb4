/** From one database into records, and from these into another: it has to say the same. */
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { atOneInstant, type Db, inTransaction } from '../../../src/db/database.ts'
import { readPicture } from '../../../src/records/picture.ts'
import { insertPlan, isEmpty } from '../../../src/records/rebuild/insert.ts'
import { makePlan } from '../../../src/records/rebuild/plan.ts'
import { parseRecords } from '../../../src/records/rebuild/read.ts'
import type { FoundLayer } from '../../../src/records/rebuild/tree.ts'
import { textsOf } from '../../../src/records/recorder.ts'
import { openWorld, type World } from '../../http/harness.ts'
import { openEmptyDatabase } from '../../support/database.ts'
import { kindOf, test } from '../../support/databases.ts'
import { found, image, layer, layers, server } from '../sample.ts'

const pictureOf = (db: Db) => atOneInstant(db, trx => readPicture(trx, ({ id }) => `layers/${id}`))

/** As the headers on disk would tell it. */
async function layersOf(db: Db): Promise<FoundLayer[]> {
  const rows = await db.selectFrom('layers').selectAll().where('state', '=', 'live').orderBy('id').execute()
  return rows.map(row => ({
    ...layer(row.id, row.parent_id),
    ...{ sizeBytes: row.size_bytes, format: row.format, changedAt: row.created_at },
  }))
}

/** So that none can be forgotten. */
async function fillEveryColumn(world: World): Promise<void> {
  const { db, accountId, serverId, now } = world
  const about = { account_id: accountId, kind: 'image_import', lane: 'image:1', image_id: 1, created_at: now() }
  const ended = { status: 'completed', direction: 'forward', progress: 1, started_at: now(), ended_at: now() } as const
  const { id } = await db
    .insertInto('operations')
    .values({ ...about, ...ended, input: '{}', output: '{}', attempts: 1, run_after: 0, fence: 1 })
    .returning('id')
    .executeTakeFirstOrThrow()
  const kernel = JSON.stringify({ kernel: 'images/k', initrd: 'images/i', append: 'quiet' })
  await db.updateTable('images').set({ operation_id: id, kernel, cloud_init: 1 }).where('id', '=', 1).execute()
  await db
    .updateTable('servers')
    .set({
      status_reason: 'because',
      ip_address: '10.0.2.15',
      firmware: 'uefi',
      network: 'user',
      mac: '52:54:00:00:00:01',
      generation_id: 'g-1',
      instance_id: 'i-1',
      cloud_init: JSON.stringify({ user_data: '#cloud-config', ssh_keys: ['ssh-ed25519 A'] }),
      autostart: 0,
      cloned_from: 77,
      quarantined_at: now(),
    })
    .where('id', '=', serverId)
    .execute()
  await db.insertInto('forwarded_ports').values({ host_port: 2222, server_id: serverId, guest_port: 22 }).execute()
  const quotas = { quota_servers: 3, quota_snapshots: 4, quota_bytes: 5e12 }
  await db.updateTable('accounts').set(quotas).where('id', '=', accountId).execute()
  for (const table of ['accounts', 'images', 'servers'] as const) {
    const row = await db.selectFrom(table).selectAll().orderBy('id').executeTakeFirstOrThrow()
    const empty = Object.entries(row).flatMap(([column, value]) => (value === null ? [column] : []))
    assert.deepEqual(empty, ['deleted_at'], `fill the other columns of ${table} here, and see that they are recorded`)
  }
}

const recorded = {
  accounts: 'id',
  images: 'id',
  servers: 'id',
  disks: 'id',
  snapshots: 'id',
  forwarded_ports: 'host_port',
  snapshot_layers: 'snapshot_id',
  undo_layers: 'layer_id',
} as const

/** Every column of every row that is there. */
async function rowsOf(db: Db): Promise<Record<string, unknown>> {
  const rows: Record<string, unknown> = {
    layers: await db.selectFrom('layers').selectAll().where('state', '=', 'live').orderBy('id').execute(),
  }
  for (const [table, key] of Object.entries(recorded) as [keyof typeof recorded, string][]) {
    const all = await db.selectFrom(table).selectAll().orderBy(sql.ref(key)).execute()
    rows[table] = all
      .filter(row => !('deleted_at' in row) || row.deleted_at === null)
      // The undo point has another id; nothing shows it.
      .map(row => ('undo_point_id' in row ? { ...row, undo_point_id: 0 } : row))
  }
  return rows
}

test('servers, snapshots, undo points, images and accounts come back as they were', async t => {
  const world = await openWorld(t, { engine: false })
  await world.addServer(world.accountId, 'second')
  await world.startEngine()
  await fillEveryColumn(world)
  await world.addAccount('else')
  const first = await world.completed('first')
  const gone = await world.completed('gone')
  await world.completed('third')
  await world.call(`snapshots/${gone}/`, { method: 'DELETE' })
  await world.post(`snapshots/${first}/restore/`, undefined, { headers: { prefer: 'wait=30' } })
  await world.call(`servers/${world.serverId}/`, { method: 'PATCH', body: { name: 'renamed', autostart: false } })
  await world.service.stop()

  const before = await pictureOf(world.db)
  const files = parseRecords(textsOf(before))
  const plan = makePlan({ ...found(), records: files, layers: await layersOf(world.db) })
  assert.deepEqual(plan.problems, [])
  const { db, close } = await openEmptyDatabase(kindOf(t), { inMemory: true })
  t.after(close)
  assert.equal(await inTransaction(db, isEmpty), true)
  await inTransaction(db, trx => insertPlan(trx, plan))
  assert.equal(await inTransaction(db, isEmpty), false)

  const after = await pictureOf(db)
  // Tokens are not recorded, so nobody is an administrator until there is a new one.
  const accounts = before.accounts.accounts.map(account => ({ ...account, is_admin: false }))
  assert.deepEqual(after, { ...before, ids: after.ids, accounts: { ...before.accounts, accounts } })
  assert.deepEqual(await rowsOf(db), await rowsOf(world.db))
})

test('ids go on above all that were given, and a layer that nobody knows is kept with what it stands on', async t => {
  const { db, close } = await openEmptyDatabase(kindOf(t), { inMemory: true })
  t.after(close)
  const plan = makePlan(found({ layers: [...layers, layer(9, 3)], highest: { layers: 20, tokens: 3, operations: 40 } }))
  await inTransaction(db, trx => insertPlan(trx, plan))
  const kept = await db.selectFrom('layers').selectAll().where('id', '=', 9).executeTakeFirstOrThrow()
  assert.deepEqual([kept.state, kept.parent_id, kept.account_id, kept.server_id], ['kept', 3, null, null])
  const { id } = await db
    .insertInto('layers')
    .values({ size_bytes: 1, format: 'qcow2', is_image: 0, state: 'prepared', created_at: 0 })
    .returning('id')
    .executeTakeFirstOrThrow()
  assert.equal(id, 1021)
})

test('what was under way is over, and says so', async t => {
  const { db, close } = await openEmptyDatabase(kindOf(t), { inMemory: true })
  t.after(close)
  const twin = (id: number) => ({
    ...{ ...server, id, uuid: `u-${id}`, status: 'restoring' as const, snapshots: [], undo_point: null, forwards: [] },
    ...{ disks: [{ ...server.disks[0]!, disk_id: id, layer: 10 + id }], layers: [] },
  })
  const plan = makePlan(
    found({
      servers: [twin(1), twin(2)],
      images: [image],
      layers: [layer(1, null), layer(11, 1), layer(12, 1)],
      running: new Map([[2, new Map([[2, [12, 1]]])]]),
    }),
  )
  assert.deepEqual(plan.problems, [])
  await inTransaction(db, trx => insertPlan(trx, plan))
  assert.deepEqual(await db.selectFrom('servers').select(['id', 'status', 'status_reason']).orderBy('id').execute(), [
    { id: 1, status: 'stopped', status_reason: 'it was being restored when the database was lost' },
    { id: 2, status: 'active', status_reason: 'it was being restored when the database was lost' },
  ])
})
