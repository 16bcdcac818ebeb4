/** What is sent to whom, and how a stream begins, goes on and ends. */
import assert from 'node:assert/strict'
import { inTransaction } from '../../src/db/database.ts'
import { makeToken } from '../../src/tokens/create.ts'
import { openWorld } from '../http/harness.ts'
import { test } from '../support/databases.ts'
import { is, watch } from './client.ts'

const limit = { timeout: 60_000 }

test('it begins with a reset, and tells what happens from then on', limit, async t => {
  const world = await openWorld(t, { hears: true })
  await world.completed('before')
  const stream = await watch(t, world)
  const first = await stream.until(is('reset'))
  assert.deepEqual(
    [stream.status, stream.headers['content-type'], stream.headers['cache-control']],
    [200, 'text/event-stream; charset=utf-8', 'no-store'],
  )
  const id = await world.completed('after')
  await stream.until(is('snapshot', id, 'updated'))
  const told = stream.seen.slice(1).filter(({ event }) => event !== 'server')
  assert.ok(told.every(({ id }, index) => id > (index === 0 ? first.id : (told[index - 1]?.id as number))))
  const created = await stream.until(is('snapshot', id, 'created'))
  const { at, ...data } = created.data
  assert.deepEqual(data, { id, server_id: world.serverId, change: 'created' })
  assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  const ended = await stream.until(seen => seen.data.status === 'completed')
  assert.deepEqual([ended.event, ended.data.step, ended.data.progress], ['operation', null, 1])
})

test('an account sees its own alone, and an administrator another one’s by naming it', limit, async t => {
  const world = await openWorld(t, { hears: true, engine: false })
  const other = await world.addAccount('other')
  const [own, theirs, named] = await Promise.all([
    watch(t, world),
    watch(t, world, { token: other.token }),
    watch(t, world, { query: `?account_id=${other.accountId}` }),
  ])
  await Promise.all([own, theirs, named].map(stream => stream.until(is('reset'))))
  const ours = await world.post('tokens/', { name: 'ours', permissions: ['servers:read'] })
  const others = await world.post('tokens/', { name: 'others', permissions: ['servers:read'] }, { token: other.token })
  await own.until(is('token', ours.body.id, 'created'))
  await theirs.until(is('token', others.body.id, 'created'))
  await named.until(is('token', others.body.id, 'created'))
  // What belongs to the host comes after both, and reaches every administrator.
  const { body } = await world.post('accounts/', { email: 'third@example.com' })
  for (const stream of [own, theirs, named]) await stream.until(is('account', body.id, 'created'))
  const tokensOf = (stream: typeof own) => stream.seen.filter(is('token')).map(({ data }) => data.id)
  assert.deepEqual([own, theirs, named].map(tokensOf), [[ours.body.id], [others.body.id], [others.body.id]])
})

test('a token is told of what it may read', limit, async t => {
  const world = await openWorld(t, { hears: true })
  world.memory.controls.putFile('/srv/a.raw', { format: 'raw', sizeBytes: 65_536, blocks: new Map([[0, 1]]) })
  const permissions = ['servers:read', 'snapshots:read', 'tokens:write', 'servers:write', 'admin'] as const
  const streams = new Map<string, Awaited<ReturnType<typeof watch>>>()
  for (const permission of permissions) {
    streams.set(permission, await watch(t, world, { token: await world.tokenWith(permission) }))
  }
  for (const stream of streams.values()) await stream.until(is('reset'))
  await world.completed('one')
  const waiting = { headers: { prefer: 'wait=30' } }
  const image = await world.post('images/', { name: 'a', path: '/srv/a.raw', format: 'raw' }, waiting)
  await world.post('accounts/', { email: 'third@example.com' })
  // After all of that, everybody is told of something.
  await world.post('tokens/', { name: 'last', permissions: ['servers:read'] })
  await world.completed('last')
  await world.call(`servers/${world.serverId}/`, { method: 'PATCH', body: { name: 'renamed' } })
  await streams.get('admin')?.until(is('server', world.serverId, 'updated'))
  await streams.get('servers:read')?.until(is('server', world.serverId, 'updated'))
  await streams.get('snapshots:read')?.until(seen => is('snapshot', 2, 'updated')(seen))
  await streams.get('tokens:write')?.until(is('token'))
  const told = [...streams].map(([name, { seen }]) => [name, [...new Set(seen.map(({ event }) => event))].sort()])
  assert.deepEqual(Object.fromEntries(told), {
    'servers:read': ['image', 'operation', 'reset', 'server'],
    'snapshots:read': ['reset', 'snapshot'],
    'tokens:write': ['reset', 'token'],
    'servers:write': ['reset'],
    admin: ['account', 'image', 'operation', 'reset', 'server', 'snapshot', 'token'],
  })
  // The import is the host's: only an administrator is told how far it is.
  const imports = await world.db.selectFrom('operations').select('id').where('kind', '=', 'image_import').execute()
  assert.equal(imports.length, 1)
  const isImport = is('operation', imports[0]?.id)
  assert.ok(streams.get('admin')?.seen.some(isImport))
  assert.ok(!streams.get('servers:read')?.seen.some(isImport))
  assert.ok(streams.get('servers:read')?.seen.some(is('image', image.body.id, 'created')))
})

test('one that was cut goes on where it was, told by the header or the query', limit, async t => {
  const world = await openWorld(t, { hears: true, engine: false })
  const name = (text: string) => world.call(`servers/${world.serverId}/`, { method: 'PATCH', body: { name: text } })
  const stream = await watch(t, world)
  const { id } = await stream.until(is('reset'))
  stream.cut()
  await name('one')
  await name('two')
  for (const options of [
    { lastEventId: id },
    { query: `?last_event_id=${id}` },
    { lastEventId: id, query: '?last_event_id=0' },
  ]) {
    const resumed = await watch(t, world, options)
    await name('more')
    await name('and-more')
    await resumed.until(seen => seen.id > id + 3)
    assert.deepEqual(
      resumed.seen.slice(0, 4).map(seen => [seen.event, seen.id - id]),
      [1, 2, 3, 4].map(n => ['server', n]),
    )
  }
})

test('where it cannot go on, everything has to be read anew', limit, async t => {
  const world = await openWorld(t, { hears: true, engine: false, keptEvents: 5 })
  for (let n = 0; n < 12; n++) {
    await world.call(`servers/${world.serverId}/`, { method: 'PATCH', body: { name: `name-${n}` } })
  }
  const { newest } = await world.db
    .selectFrom('events')
    .select(eb => eb.fn.max('id').as('newest'))
    .executeTakeFirstOrThrow()
  await world.feed.forget()
  const kept = await world.db.selectFrom('events').select('id').orderBy('id').execute()
  assert.deepEqual(
    kept.map(({ id }) => id),
    [4, 3, 2, 1, 0].map(n => newest - n),
  )
  const begins = async (lastEventId: number) => {
    const stream = await watch(t, world, { lastEventId })
    await world.call(`servers/${world.serverId}/`, { method: 'PATCH', body: { name: `name-${lastEventId}` } })
    await stream.until(is('server'))
    return stream.seen[0]?.event
  }
  assert.deepEqual(
    [await begins(newest - 5), await begins(newest - 6), await begins(0), await begins(newest + 1000)],
    ['server', 'reset', 'reset', 'reset'],
  )
})

test('what names no event is refused', limit, async t => {
  const world = await openWorld(t, { engine: false })
  for (const lastEventId of ['abc', '-1', '1.5', '9'.repeat(30), '١']) {
    const byQuery = await world.call(`events/?last_event_id=${encodeURIComponent(lastEventId)}`)
    assert.deepEqual([byQuery.status, Object.keys(byQuery.body.errors)], [400, ['last_event_id']], lastEventId)
    if (lastEventId === '١') continue
    const byHeader = await world.call('events/', { headers: { 'last-event-id': lastEventId } })
    assert.deepEqual([byHeader.status, byHeader.body.code], [400, 'invalid_request'], lastEventId)
  }
})

test('it ends with its token, at once, and nothing later is told', limit, async t => {
  const world = await openWorld(t, { hears: true, engine: false })
  const { body } = await world.post('tokens/', { name: 'watcher', permissions: ['servers:read', 'tokens:write'] })
  const [stream, another] = [await watch(t, world, { token: body.token }), await watch(t, world)]
  await stream.until(is('reset'))
  await another.until(is('reset'))
  await world.call(`tokens/${body.id}/`, { method: 'DELETE' })
  await world.post('tokens/', { name: 'later', permissions: ['servers:read'] })
  await stream.ended
  assert.deepEqual(
    stream.seen.map(({ event }) => event),
    ['reset'],
  )
  await another.until(is('token', body.id, 'deleted'))
  assert.equal((await watch(t, world, { token: body.token })).status, 401)
})

test('it ends when its token expires', limit, async t => {
  const world = await openWorld(t, { hears: true, engine: false })
  const { secret } = await inTransaction(world.db, trx => {
    const token = { accountId: world.accountId, name: 'short', permissions: ['servers:read'] as const }
    return makeToken(trx, { ...token, expiresAt: world.now() + 400 }, world.now())
  })
  const stream = await watch(t, world, { token: secret })
  assert.equal(stream.status, 200)
  // By itself: nothing happens meanwhile.
  await stream.ended
})

test('a token may have ten at once', limit, async t => {
  const world = await openWorld(t, { engine: false })
  const streams = []
  for (let n = 0; n < 10; n++) streams.push(await watch(t, world))
  const refused = await watch(t, world)
  assert.deepEqual(
    [refused.status, JSON.parse(refused.problem).code, refused.headers['retry-after']],
    [429, 'rate_limited', '5'],
  )
  assert.equal((await watch(t, world, { token: await world.tokenWith('servers:read') })).status, 200)
  streams[0]?.cut()
  // The service hears of it a moment later.
  while ((await watch(t, world)).status !== 200);
})

test('they end with the service, and keep it from nothing', limit, async t => {
  const world = await openWorld(t, { engine: false })
  const streams = [await watch(t, world), await watch(t, world)]
  await world.app.close()
  await Promise.all(streams.map(({ ended }) => ended))
  for (const { response } of streams) assert.equal(response.complete, true, 'it was cut, not ended')
})

test('a comment says that it lives, and how far it is', limit, async t => {
  const world = await openWorld(t, { hears: true, engine: false, heartbeatMs: 20 })
  const other = await world.addAccount('other')
  const token = await world.tokenWith('servers:read')
  const stream = await watch(t, world, { token })
  const { id } = await stream.until(is('reset'))
  // Nothing that it may see.
  await world.post('tokens/', { name: 'theirs', permissions: ['servers:read'] }, { token: other.token })
  while (stream.lastEventId === id || stream.comments < 3) await new Promise(resolve => setTimeout(resolve, 5))
  assert.equal(stream.seen.length, 1)
})

test('a HEAD has no body, and ends', limit, async t => {
  const world = await openWorld(t, { engine: false })
  const reply = await world.call('events/', { method: 'HEAD' })
  assert.deepEqual([reply.status, reply.text], [200, ''])
})
