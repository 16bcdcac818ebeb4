import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestOf } from '../../src/tokens/digest.ts'
import { openWorld } from '../http/harness.ts'

test('a token: made, shown once, used, listed, revoked', async t => {
  const world = await openWorld(t, { engine: false })
  const request = { name: 'reader', permissions: ['snapshots:read'], expires_at: '2100-01-15T18:30:00Z' }
  const made = await world.post('tokens/', request)
  assert.equal(made.status, 201)
  const { token: secret, created_at, ...rest } = made.body
  assert.deepEqual(rest, { id: 2, ...request, last_used_at: null })
  assert.match(secret, /^rp_[A-Za-z0-9_-]{43}$/)
  assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)

  const me = await world.call('account/me/', { token: secret })
  assert.deepEqual(me.body.token, { name: 'reader', permissions: ['snapshots:read'] })
  const list = await world.call('tokens/')
  assert.deepEqual([list.body.count, list.body.results.map((token: { id: number }) => token.id)], [2, [2, 1]])
  assert.deepEqual(Object.keys(list.body.results[0]), [
    'id',
    'name',
    'permissions',
    'created_at',
    'expires_at',
    'last_used_at',
  ])
  assert.ok(list.body.results[0].last_used_at)
  assert.ok(!list.text.includes(secret.slice(3)) && !list.text.includes(digestOf(secret)))

  const gone = await world.call('tokens/2/', { method: 'DELETE' })
  assert.deepEqual([gone.status, gone.text], [204, ''])
  assert.equal((await world.call('account/me/', { token: secret })).status, 401)
  assert.equal((await world.call('tokens/2/', { method: 'DELETE' })).status, 404)
})

test('only the digest is kept', async t => {
  const world = await openWorld(t, { engine: false })
  const { body } = await world.post(
    'tokens/',
    { name: 'x', permissions: ['admin'] },
    { headers: { 'idempotency-key': 'k' } },
  )
  const everything = JSON.stringify([
    await world.db.selectFrom('tokens').selectAll().execute(),
    await world.db.selectFrom('idempotency_keys').selectAll().execute(),
  ])
  assert.ok(everything.includes(digestOf(body.token)))
  assert.ok(!everything.includes(body.token.slice(3)))
})

test('a repeat with the same key makes no second token and names the first', async t => {
  const world = await openWorld(t, { engine: false })
  const again = { headers: { 'idempotency-key': 'k' } }
  const request = { name: 'x', permissions: ['admin'] }
  const { body } = await world.post('tokens/', request, again)
  const replay = await world.post('tokens/', request, again)
  assert.deepEqual([replay.status, replay.body.code], [400, 'token_already_created'])
  assert.match(replay.body.detail, new RegExp(`Token ${body.id} `))
  assert.match(String(replay.headers['content-type']), /^application\/problem\+json/)
  assert.equal(await world.count('tokens'), 2)
})

test('what is wrong is refused by name, and nothing is made', async t => {
  const world = await openWorld(t, { engine: false })
  const right = { name: 'x', permissions: ['admin'] }
  const cases: [object, string[]][] = [
    [{}, ['name', 'permissions']],
    [{ ...right, name: '' }, ['name']],
    [{ ...right, name: 'x'.repeat(101) }, ['name']],
    [{ ...right, name: 7 }, ['name']],
    [{ ...right, permissions: [] }, ['permissions']],
    [{ ...right, permissions: ['root'] }, ['permissions']],
    [{ ...right, permissions: ['admin', 'admin'] }, ['permissions']],
    [{ ...right, permissions: 'admin' }, ['permissions']],
    [{ ...right, expires_at: '2000-01-01T00:00:00Z' }, ['expires_at']],
    [{ ...right, expires_at: '2100-01-01' }, ['expires_at']],
    [{ ...right, expires_at: '2100-01-01T00:00:00+02:00' }, ['expires_at']],
    [{ ...right, expires_at: 4102444800 }, ['expires_at']],
    [{ ...right, expiry: null, scope: 1 }, ['expiry', 'scope']],
  ]
  for (const [body, fields] of cases) {
    const reply = await world.post('tokens/', body)
    assert.deepEqual([reply.status, Object.keys(reply.body.errors ?? {}).sort()], [400, fields], JSON.stringify(body))
  }
  for (const raw of ['[]', '7', '"x"', 'null', '']) {
    assert.equal((await world.post('tokens/', undefined, { raw })).status, 400)
  }
  assert.equal(await world.count('tokens'), 1)
})

test('names may be of any alphabet', async t => {
  const world = await openWorld(t, { engine: false })
  const name = '😀'.repeat(100)
  const { status, body } = await world.post('tokens/', { name, permissions: ['admin'], expires_at: null })
  assert.deepEqual([status, body.name, body.expires_at], [201, name, null])
})
