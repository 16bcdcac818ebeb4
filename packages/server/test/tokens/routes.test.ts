import assert from 'node:assert/strict'
import { digestOf } from '../../src/tokens/digest.ts'
import { openWorld } from '../http/harness.ts'
import { test } from '../support/databases.ts'

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

test('an account manages its own tokens, and gives or takes none that may do more', async t => {
  const world = await openWorld(t, { engine: false })
  const token = await world.tokenWith('tokens:write', 'snapshots:read')
  const make = (...permissions: string[]) => world.post('tokens/', { name: 'x', permissions }, { token })
  const made = await make('snapshots:read')
  assert.equal(made.status, 201)
  for (const more of ['admin', 'snapshots:write', 'servers:read']) {
    const { status, body } = await make('snapshots:read', more)
    assert.deepEqual([status, body.code], [403, 'permission_denied'])
    assert.ok(body.detail.includes(more))
  }
  const stronger = await world.post('tokens/', { name: 'y', permissions: ['servers:read', 'snapshots:read'] })
  const refused = await world.call(`tokens/${stronger.body.id}/`, { method: 'DELETE', token })
  assert.deepEqual([refused.status, refused.body.code], [403, 'permission_denied'])
  assert.equal((await world.call('tokens/1/', { method: 'DELETE', token })).status, 403)
  assert.equal((await world.call(`tokens/${made.body.id}/`, { method: 'DELETE', token })).status, 204)
  assert.deepEqual((await world.call('tokens/', { token })).body.count, 3)
})

test('the last token with admin stays, until another lives as long', async t => {
  const world = await openWorld(t, { engine: false })
  const revoke = () => world.call('tokens/1/', { method: 'DELETE' })
  const { body: brief } = await world.post('tokens/', {
    name: 'brief',
    permissions: ['admin'],
    expires_at: '2100-01-15T18:30:00Z',
  })
  const refused = await revoke()
  assert.deepEqual([refused.status, refused.body.code], [400, 'last_admin_token'])
  // One that lives less long than another may go.
  assert.equal((await world.call(`tokens/${brief.id}/`, { method: 'DELETE' })).status, 204)
  const { body: next } = await world.post('tokens/', { name: 'next', permissions: ['admin'] })
  assert.equal((await revoke()).status, 204)
  assert.equal((await world.call('tokens/', { token: next.token })).body.count, 1)
})

test('a token that expires makes none that lives longer', async t => {
  const world = await openWorld(t, { engine: false })
  const expires_at = '2100-01-15T18:30:00Z'
  const permissions = ['tokens:write']
  const { body: maker } = await world.post('tokens/', { name: 'for a while', permissions, expires_at })
  const make = (expiry: string | null) =>
    world.post('tokens/', { name: 'child', permissions, expires_at: expiry }, { token: maker.token })
  for (const later of [null, '2100-01-15T18:30:01Z']) {
    const { status, body } = await make(later)
    assert.deepEqual([status, body.code], [403, 'permission_denied'])
    assert.match(body.detail, /2100-01-15T18:30:00Z at the latest/)
  }
  assert.equal((await make(expires_at)).status, 201)
})
