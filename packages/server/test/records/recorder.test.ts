/** What is recorded of a host, and when. On every database, because it is read from it. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { Value } from 'typebox/value'
import { Recorder } from '../../src/records/recorder.ts'
import { AccountsRecord, IdsRecord, ImageRecord, ServerRecord } from '../../src/records/schema.ts'
import { openWorld, type World } from '../http/harness.ts'
import { test } from '../support/databases.ts'

const schemas = { servers: ServerRecord, images: ImageRecord, accounts: AccountsRecord, ids: IdsRecord }

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !isSo(); await sleep(5)) {
    assert.ok(Date.now() < deadline, `not in time: ${what}`)
  }
}

const recordOf = (world: World) => world.records.json(`servers/${world.serverId}.json`)

test('after an operation its snapshot is recorded, and every record is as the schema says', async t => {
  const world = await openWorld(t)
  const id = await world.completed('first')
  await until('the snapshot', () => recordOf(world)?.snapshots.length === 1)
  const record = recordOf(world)
  const detail = (await world.call(`snapshots/${id}/`)).body
  const [snapshot] = record.snapshots
  assert.deepEqual(
    [snapshot.id, snapshot.name, snapshot.size_mb, snapshot.operation.id, snapshot.operation.kind],
    [id, 'first', detail.size_mb, detail.operation_id, 'snapshot_create'],
  )
  assert.equal(snapshot.receipt.achieved, detail.receipt.achieved)
  // The guest writes to another layer than the snapshot's; both are told by their files as well.
  const [disk] = record.disks
  assert.notEqual(disk.layer, snapshot.disks[0].layer)
  assert.equal(disk.file, `layers/${disk.layer}`)
  assert.deepEqual(
    record.layers.map((layer: { id: number }) => layer.id).sort(),
    [disk.layer, snapshot.disks[0].layer].sort(),
  )
  for (const [name, text] of world.records.texts) {
    const schema = schemas[name.split(/[/.]/)[0] as keyof typeof schemas]
    assert.ok(Value.Check(schema, JSON.parse(text)), name)
  }
})

test('a request that changes a name is recorded without any operation', async t => {
  const world = await openWorld(t)
  await world.completed('first')
  await until('the server', () => recordOf(world) !== null)
  const { status } = await world.call(`servers/${world.serverId}/`, { method: 'PATCH', body: { name: 'renamed' } })
  assert.equal(status, 200)
  await until('the name', () => recordOf(world).name === 'renamed')
})

test('a deleted snapshot leaves the record; a restore’s undo point comes into it', async t => {
  const world = await openWorld(t)
  const id = await world.completed('first')
  await world.post(`snapshots/${id}/restore/`, undefined, { headers: { prefer: 'wait=30' } })
  await until('the undo point', () => recordOf(world)?.undo_point !== null)
  const { undo } = (await world.call(`servers/${world.serverId}/`)).body
  assert.equal(recordOf(world).undo_point.operation.id, undo.operation_id)
  assert.equal(recordOf(world).undo_point.expires_at.slice(0, 19), undo.until.slice(0, 19))
  await world.call(`snapshots/${id}/`, { method: 'DELETE' })
  await until('the deletion', () => recordOf(world).snapshots.length === 0)
})

test('what has not changed is not written again; what is gone is removed', async t => {
  const world = await openWorld(t, { engine: false })
  const other = await world.addServer(world.accountId, 'other')
  world.recorder.wake()
  await until('both', () => world.records.texts.has(`servers/${other}.json`))
  await until('the first look', () => world.records.changes.length === 6)
  world.recorder.wake()
  await world.db.updateTable('servers').set({ deleted_at: 1 }).where('id', '=', other).execute()
  world.recorder.wake()
  await until('the removal', () => !world.records.texts.has(`servers/${other}.json`))
  await world.recorder.stop()
  assert.deepEqual(world.records.changes.slice(6), [`-servers/${other}.json`])
})

test('no secret of a token is recorded, nor its digest', async t => {
  const world = await openWorld(t)
  await world.completed('first')
  await until('the accounts', () => world.records.texts.has('accounts.json'))
  const tokens = await world.db.selectFrom('tokens').select('digest').execute()
  const all = [...world.records.texts.values()].join('\n')
  for (const secret of [world.token, ...tokens.map(({ digest }) => digest)]) assert.ok(!all.includes(secret))
  assert.equal(world.records.json('accounts.json').accounts[0].is_admin, true)
})

test('what cannot be written is said, harms nobody, and is written when it can be', async t => {
  const world = await openWorld(t, { engine: false })
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  const recorder = new Recorder({ db: world.db, files: world.records.files, fileOf: () => '', everyMs: 20, log })
  t.after(() => recorder.stop())
  world.records.failure = new Error('no space left on device')
  recorder.start()
  await until('the failure', () => lines.length > 0)
  assert.equal(recorder.isCurrent, false)
  assert.match(lines[0] ?? '', /no space left.*the records cannot be written/)
  world.records.failure = null
  await until('the record', () => recorder.isCurrent)
  assert.ok(recordOf(world))
  assert.equal(lines.length, 2, 'not a line for every try')
  assert.match(lines[1] ?? '', /the records are current again/)
})

test('a record that somebody has damaged is mended by itself', async t => {
  const world = await openWorld(t, { engine: false })
  const { files, texts } = world.records
  const recorder = new Recorder({ db: world.db, files, fileOf: () => '', everyMs: 20, log: pino({ level: 'silent' }) })
  t.after(() => recorder.stop())
  recorder.start()
  const name = `servers/${world.serverId}.json`
  await until('the record', () => texts.has(name))
  const whole = texts.get(name)
  texts.set(name, '{}')
  texts.set('servers/99.json', '{}')
  await until('it is mended', () => texts.get(name) === whole && !texts.has('servers/99.json'))
})

test('the highest id stays recorded when its row is gone', async t => {
  const world = await openWorld(t, { engine: false })
  const { db, recorder, records, accountId } = world
  const made = await world.post('tokens/', { name: 'x', permissions: ['servers:read'] })
  await until('the token', () => records.json('ids.json')?.highest.tokens === made.body.id)
  await world.call(`tokens/${made.body.id}/`, { method: 'DELETE' })
  await db.updateTable('accounts').set({ first_name: 'Later' }).where('id', '=', accountId).execute()
  await recorder.stop()
  assert.equal(records.json('accounts.json').accounts[0].first_name, 'Later')
  assert.equal(records.json('ids.json').highest.tokens, made.body.id)
})

test('what was committed before the end is recorded before the end', async t => {
  const world = await openWorld(t, { engine: false })
  await world.db.updateTable('servers').set({ name: 'last-minute' }).where('id', '=', world.serverId).execute()
  await world.recorder.stop()
  assert.equal(recordOf(world).name, 'last-minute')
})
