/**
 * Every change that people can see has its event, whoever makes it, and nothing else has one. What people see is asked of
 * the API before and after every request that it has, and compared with the events that came meanwhile.
 */
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { inTransaction, lockServer } from '../../src/db/database.ts'
import type { EventRow } from '../../src/events/store.ts'
import { openWorld, type World } from '../http/harness.ts'
import { plan, settled, waiting } from '../servers/support.ts'
import { kindOf, test } from '../support/databases.ts'

const FILE = '/srv/a.raw'

// biome-ignore lint/suspicious/noExplicitAny: whatever the API tells
type Thing = Record<string, any>
type Picture = ReadonlyMap<string, string>

/** List → what of each of its things is its own: the names of others in it are not, nor what is counted or asked when read. */
const lists: Readonly<Record<EventRow['noun'], { path: string; detail: boolean; own: (thing: Thing) => Thing }>> = {
  server: { path: 'servers/', detail: true, own: ({ agent: _, guest: __, snapshots: ___, ...own }) => own },
  snapshot: {
    path: 'snapshots/',
    detail: true,
    own: ({ server, exclusive_bytes: _, shared_bytes: __, error: ___, ...own }) => ({ ...own, server: server.id }),
  },
  operation: { path: 'operations/', detail: true, own: ({ server, ...own }) => ({ ...own, server: server?.id }) },
  image: { path: 'images/', detail: false, own: own => own },
  token: { path: 'tokens/', detail: false, own: ({ last_used_at: _, ...own }) => own },
  account: { path: 'accounts/', detail: false, own: own => own },
}

/** `noun id` → what is seen of it. */
async function pictureOf(world: World): Promise<Picture> {
  const seen = new Map<string, string>()
  for (const [noun, { path, detail, own }] of Object.entries(lists)) {
    for (const thing of (await world.call(path)).body.results as Thing[]) {
      const whole = detail ? (await world.call(`${path}${thing['id']}/`)).body : thing
      seen.set(`${noun} ${thing['id']}`, JSON.stringify(own(whole)))
    }
  }
  return seen
}

async function newest({ db }: Pick<World, 'db'>): Promise<number> {
  const { rows } = await sql<{ id: number }>`select coalesce(max(id), 0) as id from events`.execute(db)
  return rows[0]?.id as number
}

/** The account's, and the host's. */
function eventsAfter({ db, accountId }: World, id: number) {
  return db
    .selectFrom('events')
    .selectAll()
    .where('id', '>', id)
    .where(eb => eb.or([eb('account_id', '=', accountId), eb('account_id', 'is', null)]))
    .orderBy('id')
    .execute()
}

function check(what: string, before: Picture, after: Picture, events: readonly EventRow[]): void {
  const told = Map.groupBy(events, ({ noun, object_id }) => `${noun} ${object_id}`)
  const changesOf = (name: string) => (told.get(name) ?? []).map(({ change }) => change)
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const changes = changesOf(name)
    const now = after.get(name)
    if (!before.has(name)) assert.equal(changes[0], 'created', `${what}: ${name} is new: ${changes}`)
    else if (now === undefined) assert.equal(changes.at(-1), 'deleted', `${what}: ${name} has gone: ${changes}`)
    else if (now !== before.get(name)) {
      assert.ok(changes.includes('updated'), `${what}: ${name} has changed: ${before.get(name)} → ${now}: ${changes}`)
    }
    // Nothing comes before its creation, or after its end.
    assert.ok(
      changes.lastIndexOf('created') <= 0 && [-1, changes.length - 1].includes(changes.indexOf('deleted')),
      `${what}: ${name}: ${changes}`,
    )
  }
  for (const name of told.keys()) {
    const isFleeting = changesOf(name).includes('created') && changesOf(name).includes('deleted')
    assert.ok(before.has(name) || after.has(name) || isFleeting, `${what}: ${name} is nobody's`)
  }
}

test('every request, and every kind of operation', { timeout: 180_000 }, async t => {
  const world = await openWorld(t)
  world.memory.controls.putFile(FILE, { format: 'raw', sizeBytes: 65_536, blocks: new Map([[0, 1]]) })
  const done = new Set<string>()
  let before = await pictureOf(world)
  let seen = await newest(world)
  /** And whatever follows from it. */
  const request = async (name: string, method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => {
    const reply = await world.call(path, { method, body, ...(method === 'POST' ? waiting : {}) })
    assert.ok(reply.status < 300, `${name}: ${reply.text}`)
    await settled(world)
    await world.service.lookAtServers()
    const after = await pictureOf(world)
    check(name, before, after, await eventsAfter(world, seen))
    before = after
    seen = await newest(world)
    done.add(name)
    return reply.body
  }
  const image = await request('importImage', 'POST', 'images/', { name: 'a', path: FILE, format: 'raw' })
  const server = await request('createServer', 'POST', 'servers/', { name: 'made', image_id: image.id, plan })
  await request('changeServer', 'PATCH', `servers/${server.id}/`, { name: 'renamed', autostart: false })
  world.memory.controls.write(server.id, 0, 1, 9)
  const first = await request('createSnapshot', 'POST', 'snapshots/', { server_id: server.id, name: 'first' })
  world.memory.controls.write(server.id, 0, 2, 9)
  const second = await request('createSnapshot', 'POST', 'snapshots/', { server_id: server.id, name: 'second' })
  await request('deleteSnapshot', 'DELETE', `snapshots/${first.id}/`)
  await request('restoreSnapshot', 'POST', `snapshots/${second.id}/restore/`)
  await request('undoServer', 'POST', `servers/${server.id}/undo/`)
  await request('rebootServer', 'POST', `servers/${server.id}/reboot/`)
  await request('stopServer', 'POST', `servers/${server.id}/stop/`)
  await request('startServer', 'POST', `servers/${server.id}/start/`)
  await request('execInServer', 'POST', `servers/${server.id}/exec/`, { program: '/bin/uname' })
  await request('createTerminalTicket', 'POST', `servers/${server.id}/terminal/`)
  const body = { name: 'clone', snapshot_id: second.id }
  const clone = await request('cloneServer', 'POST', `servers/${server.id}/clone/`, body)
  await request('deleteServer', 'DELETE', `servers/${clone.id}/`)
  await request('deleteServer', 'DELETE', `servers/${server.id}/?with_snapshots=true`)
  await request('deleteImage', 'DELETE', `images/${image.id}/`)
  const token = await request('createToken', 'POST', 'tokens/', { name: 'one', permissions: ['servers:read'] })
  await request('deleteToken', 'DELETE', `tokens/${token.id}/`)
  // There is a link only as long as nobody was ever here.
  await world.db.updateTable('tokens').set({ last_used_at: null }).execute()
  await request('signIn', 'POST', 'sign-in/', { code: await world.signIn.offer(world.db) })
  const account = await request('createAccount', 'POST', 'accounts/', { email: 'other@example.com' })
  await request('updateAccount', 'PATCH', `accounts/${account.id}/`, { quota: { servers: 3 } })
  await request('deleteAccount', 'DELETE', `accounts/${account.id}/`)

  const { paths } = (await world.call('/openapi.json')).body as OpenApi
  const documented = Object.values(paths).flatMap(methods =>
    Object.entries(methods).flatMap(([method, { operationId }]) => (method === 'get' ? [] : [operationId])),
  )
  assert.deepEqual([...done].sort(), documented.sort(), 'tell this test how to make that change')
  const kinds = await world.db.selectFrom('operations').select('kind').distinct().execute()
  assert.deepEqual(kinds.map(({ kind }) => kind).sort(), [
    ...['image_import', 'merge', 'server_clone', 'server_create', 'server_delete', 'server_reboot', 'server_start'],
    ...['server_stop', 'server_undo', 'snapshot_create', 'snapshot_restore'],
  ])
})

interface OpenApi {
  readonly paths: Record<string, Record<string, { readonly operationId: string }>>
}

test('every table that people see has its triggers', async t => {
  const { db } = await openWorld(t, { engine: false })
  const tables = (await db.introspection.getTables()).map(({ name }) => name)
  /** What is no noun of its own, or of nobody's business. */
  const without = [
    ...[
      'disks',
      'events',
      'forwarded_ports',
      'hosts',
      'idempotency_keys',
      'layer_leases',
      'layers',
      'operation_events',
    ],
    ...['snapshot_layers', 'undo_layers'],
  ]
  const { rows } = await sql
    .raw<{ name: string }>(
      kindOf(t) === 'sqlite'
        ? `select distinct tbl_name as name from sqlite_master where type = 'trigger'`
        : `select distinct event_object_table as name from information_schema.triggers`,
    )
    .execute(db)
  const withOne = rows.map(({ name }) => name)
  assert.deepEqual(
    tables.filter(name => !/^(kysely|sqlite)_/.test(name) && !withOne.includes(name) && !without.includes(name)),
    [],
    'a new table: give it events in a migration, or say here that nobody sees it',
  )
  assert.deepEqual(withOne.toSorted(), [
    'accounts',
    'images',
    'operations',
    'servers',
    'snapshots',
    'tokens',
    'undo_points',
  ])
})

test('what is taken back has none, and neither has what nobody can see', async t => {
  const world = await openWorld(t, { engine: false })
  const { db, serverId } = world
  const before = await newest(world)
  await assert.rejects(
    inTransaction(db, async trx => {
      await trx.updateTable('servers').set({ name: 'gone' }).where('id', '=', serverId).execute()
      throw new Error('taken back')
    }),
    /taken back/,
  )
  const dry = await world.post('snapshots/?dry_run=true', { server_id: serverId, name: 'dry' })
  assert.equal(dry.body.possible, true)
  assert.equal((await world.create('no/name')).status, 400)
  await inTransaction(db, trx => lockServer(trx, serverId))
  await db.updateTable('tokens').set({ last_used_at: 7 }).execute()
  assert.deepEqual(await eventsAfter(world, before), [])
  // Nothing more is told of what has gone.
  await db.updateTable('servers').set({ deleted_at: 1 }).where('id', '=', serverId).execute()
  await db.updateTable('servers').set({ name: 'later' }).where('id', '=', serverId).execute()
  assert.deepEqual(
    (await eventsAfter(world, before)).map(({ noun, object_id, change }) => [noun, object_id, change]),
    [['server', serverId, 'deleted']],
  )
})

test('an undo point that expires is a change of its server', async t => {
  const world = await openWorld(t, { undoHours: 1 })
  const id = await world.completed('one')
  await world.post(`snapshots/${id}/restore/`, undefined, waiting)
  await settled(world)
  const [server, seen] = [await pictureOf(world), await newest(world)]
  world.clock.offset += 2 * 3600_000
  world.service.collector.wake()
  await settled(world)
  while ((await world.db.selectFrom('undo_points').select('id').execute()).length > 0) {
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  check('expiry', server, await pictureOf(world), await eventsAfter(world, seen))
  assert.ok(
    (await eventsAfter(world, seen)).some(({ noun, object_id }) => noun === 'server' && object_id === world.serverId),
  )
})
