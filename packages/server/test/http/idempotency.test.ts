import assert from 'node:assert/strict'
import { test as plain } from 'node:test'
import { requestDigest } from '../../src/http/canonical.ts'
import { KEPT_MS } from '../../src/http/idempotency.ts'
import { test } from '../support/databases.ts'
import { openWorld } from './harness.ts'

const key = (value: string, more: Record<string, string> = {}) => ({ headers: { 'idempotency-key': value, ...more } })

plain('the same request is the same whatever the order of its names; another is not', () => {
  const digest = requestDigest('POST', '/a/', { x: '1', y: '2' }, { a: 1, b: { c: 2, d: [1, 2] } })
  assert.equal(requestDigest('POST', '/a/', { y: '2', x: '1' }, { b: { d: [1, 2], c: 2 }, a: 1 }), digest)
  const others = [
    requestDigest('POST', '/b/', { x: '1', y: '2' }, { a: 1, b: { c: 2, d: [1, 2] } }),
    requestDigest('POST', '/a/', { x: '2', y: '2' }, { a: 1, b: { c: 2, d: [1, 2] } }),
    requestDigest('POST', '/a/', { x: '1', y: '2' }, { a: 1, b: { c: 2, d: [2, 1] } }),
    requestDigest('POST', '/a/', { x: '1', y: '2' }, { a: '1', b: { c: 2, d: [1, 2] } }),
    requestDigest('PUT', '/a/', { x: '1', y: '2' }, { a: 1, b: { c: 2, d: [1, 2] } }),
  ]
  for (const other of others) assert.notEqual(other, digest)
})

test('a replay has no effect and the same reply, also while the operation is still under way', async t => {
  const world = await openWorld(t, { engine: false })
  const first = await world.create('one', key('k'))
  const again = await world.create('one', key('k'))
  assert.deepEqual([again.status, again.text], [201, first.text])
  assert.equal(again.headers['operation-id'], first.headers['operation-id'])
  assert.deepEqual([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']], [undefined, 'true'])
  assert.deepEqual([await world.count('snapshots'), await world.count('operations')], [1, 1])
})

test('many at once with one key: one effect, one reply', async t => {
  const world = await openWorld(t)
  const replies = await Promise.all(Array.from({ length: 20 }, () => world.create('one', key('k'))))
  assert.deepEqual(new Set(replies.map(reply => reply.status)), new Set([201]))
  assert.equal(new Set(replies.map(reply => reply.text)).size, 1)
  assert.equal(replies.filter(reply => reply.headers['idempotency-replayed'] === undefined).length, 1)
  assert.deepEqual([await world.count('snapshots'), await world.count('operations')], [1, 1])
})

test('many at once with one key that all wait get the same end', async t => {
  const world = await openWorld(t, { engine: false })
  const options = key('k', { prefer: 'wait=30' })
  const asked = Array.from({ length: 5 }, () => world.create('one', options))
  // One that does not wait is answered last of all: the others have begun to wait by then.
  assert.equal((await world.create('one', key('k'))).body.status, 'in_progress')
  await world.startEngine()
  const replies = await Promise.all(asked)
  assert.deepEqual(new Set(replies.map(reply => reply.body.status)), new Set(['completed']))
  assert.equal(new Set(replies.map(reply => reply.text)).size, 1)
})

test('a replay tells what a waiting request was told in the end', async t => {
  const world = await openWorld(t)
  const first = await world.create('one', key('k', { prefer: 'wait=30' }))
  assert.equal(first.body.status, 'completed')
  const again = await world.create('one', key('k'))
  assert.equal(again.text, first.text)
})

test('a key used for another request is refused', async t => {
  const world = await openWorld(t, { engine: false })
  await world.create('one', key('k'))
  const other = await world.create('two', key('k'))
  assert.deepEqual([other.status, other.body.code], [400, 'idempotency_key_reused'])
  const query = await world.post('snapshots/?consistency=crash', { server_id: world.serverId, name: 'one' }, key('k'))
  assert.deepEqual([query.status, query.body.code], [400, 'idempotency_key_reused'])
  assert.equal(await world.count('snapshots'), 1)
})

test('the scope of a key is account and route', async t => {
  const world = await openWorld(t)
  const id = await world.completed('one')
  const created = await world.create('two', key('k', { prefer: 'wait=30' }))
  assert.equal(created.status, 201)
  assert.equal((await world.post(`snapshots/${id}/restore/`, undefined, key('k', { prefer: 'wait=30' }))).status, 200)
  const { accountId, token } = await world.addAccount('other')
  const server_id = await world.addServer(accountId, 'theirs')
  const theirs = await world.post('snapshots/', { server_id, name: 'two' }, { ...key('k'), token })
  assert.deepEqual([theirs.status, theirs.body.server.name], [201, 'theirs'])
  assert.equal((await world.create('two', key('k'))).text, created.text)
})

test('one restore key cannot be used for two snapshots', async t => {
  const world = await openWorld(t)
  const [one, two] = [await world.completed('one'), await world.completed('two')]
  const options = key('k', { prefer: 'wait=30' })
  assert.equal((await world.post(`snapshots/${one}/restore/`, undefined, options)).status, 200)
  const other = await world.post(`snapshots/${two}/restore/`, undefined, options)
  assert.deepEqual([other.status, other.body.code], [400, 'idempotency_key_reused'])
})

test('what is refused keeps no key, so it may be sent again', async t => {
  const world = await openWorld(t, { snapshotLimit: 1 })
  const id = await world.completed('one')
  assert.equal((await world.create('two', key('k'))).body.code, 'snapshot_limit_reached')
  assert.equal(await world.count('idempotency_keys'), 0)
  await world.call(`snapshots/${id}/`, { method: 'DELETE' })
  assert.equal((await world.create('two', key('k'))).status, 201)
})

test('after a day a key is new', async t => {
  const world = await openWorld(t, { engine: false })
  await world.create('one', key('k'))
  world.clock.offset = KEPT_MS - 60_000
  assert.equal((await world.create('one', key('k'))).body.id, 1)
  world.clock.offset = KEPT_MS + 60_000
  assert.equal((await world.create('one', key('k'))).body.id, 2)
})

test('the reply is there after a restart of the service: it is in the database', async t => {
  const world = await openWorld(t, { engine: false })
  const first = await world.create('one', key('k'))
  const rows = await world.db.selectFrom('idempotency_keys').selectAll().execute()
  assert.deepEqual(
    rows.map(row => [row.status, JSON.parse(row.body ?? ''), String(row.operation_id)]),
    [[201, first.body, first.headers['operation-id']]],
  )
})

test('a key that is none is refused', async t => {
  const world = await openWorld(t, { engine: false })
  for (const value of ['', 'a b', 'k'.repeat(256), 'cl\u00e9', 'a, b', 'a\tb']) {
    const { status, body } = await world.create('one', key(value))
    assert.deepEqual([status, body.code, Object.keys(body.errors)], [400, 'invalid_request', ['Idempotency-Key']])
  }
  assert.equal(await world.count('snapshots'), 0)
})

test('a key of 255 characters is one', async t => {
  const world = await openWorld(t, { engine: false })
  assert.equal((await world.create('one', key('~'.repeat(255)))).status, 201)
})
