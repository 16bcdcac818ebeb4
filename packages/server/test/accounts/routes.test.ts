import assert from 'node:assert/strict'
import { digestOf } from '../../src/tokens/digest.ts'
import { openWorld, type World } from '../http/harness.ts'
import { test } from '../support/databases.ts'

test('account/me: exactly the documented keys, a date and not a time', async t => {
  const world = await openWorld(t, { engine: false })
  const token = await world.tokenWith('snapshots:read', 'servers:read')
  const { status, body } = await world.call('account/me/', { token })
  assert.equal(status, 200)
  assert.deepEqual(body, {
    account: {
      email: 'owner@example.com',
      first_name: 'Ada',
      last_name: 'owner',
      company_name: 'Example Ltd',
      created_at: new Date(world.now()).toISOString().slice(0, 10),
    },
    token: { name: 'test', permissions: ['snapshots:read', 'servers:read'] },
  })
})

test('an account: made with its first token, listed, changed, deleted', async t => {
  const world = await openWorld(t, { engine: false })
  const made = await world.post('accounts/', {
    email: 'Grace@example.com',
    first_name: 'Grace',
    quota: { servers: 2, bytes: 1_000_000 },
  })
  assert.equal(made.status, 201)
  const { token, created_at, ...account } = made.body
  assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.deepEqual(account, {
    id: 2,
    email: 'Grace@example.com',
    first_name: 'Grace',
    last_name: '',
    company_name: '',
    quota: { servers: 2, snapshots_per_server: null, bytes: 1_000_000 },
    usage: { servers: 0, snapshots: 0, bytes: 0 },
  })
  const { token: secret, ...facts } = token
  assert.match(secret, /^rp_[A-Za-z0-9_-]{43}$/)
  const permissions = [
    'snapshots:read',
    'snapshots:write',
    'servers:read',
    'servers:write',
    'servers:exec',
    'tokens:write',
  ]
  assert.deepEqual(facts, {
    id: 2,
    name: 'first',
    permissions,
    created_at,
    expires_at: null,
    last_used_at: null,
  })

  const me = await world.call('account/me/', { token: secret })
  assert.deepEqual([me.body.account.email, me.body.token.permissions], ['Grace@example.com', permissions])
  assert.equal((await world.call('accounts/', { token: secret })).status, 403)

  const { usage: _, ...listed } = { ...account, created_at }
  const list = await world.call('accounts/')
  assert.deepEqual(
    [list.body.count, list.body.results.map(({ id }: { id: number }) => id), list.body.results[1]],
    [2, [1, 2], listed],
  )
  assert.deepEqual((await world.call('accounts/?limit=1&offset=1')).body.results, [listed])

  const change = { last_name: 'Hopper', quota: { bytes: null, snapshots_per_server: 1 } }
  const changed = await world.call('accounts/2/', { method: 'PATCH', body: change })
  const now = {
    ...account,
    created_at,
    last_name: 'Hopper',
    quota: { servers: 2, snapshots_per_server: 1, bytes: null },
  }
  assert.deepEqual([changed.status, changed.body], [200, now])
  assert.deepEqual((await world.call('accounts/2/')).body, now)
  assert.deepEqual((await world.call('accounts/2/', { method: 'PATCH', body: {} })).body, now)

  const gone = await world.call('accounts/2/', { method: 'DELETE' })
  assert.deepEqual([gone.status, gone.text], [204, ''])
  assert.equal((await world.call('account/me/', { token: secret })).status, 401)
  for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
    const { status } = await world.call('accounts/2/', { method, ...(method === 'PATCH' ? { body: change } : {}) })
    assert.equal(status, 404, method)
  }
  assert.equal((await world.call('accounts/')).body.count, 1)
})

test('what it uses is counted: servers, snapshots, bytes', async t => {
  const world = await openWorld(t)
  await world.db.updateTable('layers').set({ server_id: world.serverId }).where('is_image', '=', 0).execute()
  await world.completed('one')
  const { body } = await world.call('accounts/1/')
  const own = await world.db.selectFrom('layers').select('id').where('account_id', '=', 1).execute()
  assert.deepEqual([body.usage.servers, body.usage.snapshots, own.length], [1, 1, 2])
  await world.post(`servers/${world.serverId}/start/`, undefined, { headers: { prefer: 'wait=30' } })
  world.memory.controls.write(world.serverId, 0, 3, 7)
  assert.equal((await world.call('accounts/1/')).body.usage.bytes, body.usage.bytes + 65_536)
})

test('of the first token only the digest is kept; a repeat with the key names account and token', async t => {
  const world = await openWorld(t, { engine: false })
  const again = { headers: { 'idempotency-key': 'k' } }
  const request = { email: 'b@example.com', permissions: ['snapshots:read'] }
  const made = await world.post('accounts/', request, again)
  assert.deepEqual([made.status, made.body.token.permissions], [201, ['snapshots:read']])
  const replay = await world.post('accounts/', request, again)
  assert.deepEqual([replay.status, replay.body.code], [400, 'token_already_created'])
  assert.match(replay.body.detail, /^Account 2 and its token 2 \(with \?account_id=2\)/)
  const everything = JSON.stringify([
    await world.db.selectFrom('tokens').selectAll().execute(),
    await world.db.selectFrom('idempotency_keys').selectAll().execute(),
    world.lines,
  ])
  assert.ok(everything.includes(digestOf(made.body.token.token)))
  assert.ok(!everything.includes(made.body.token.token.slice(3)))
  assert.equal((await world.call('accounts/')).body.count, 2)
})

test('no two accounts have the same email, whatever its case; after a deletion it is free', async t => {
  const world = await openWorld(t, { engine: false })
  assert.equal((await world.post('accounts/', { email: 'b@example.com' })).status, 201)
  for (const email of ['b@example.com', 'B@Example.COM']) {
    const { status, body } = await world.post('accounts/', { email })
    assert.deepEqual([status, body.code], [400, 'email_taken'])
  }
  const both = await Promise.all([1, 2].map(() => world.post('accounts/', { email: 'c@example.com' })))
  assert.deepEqual(both.map(reply => reply.status).sort(), [201, 400])
  await world.call('accounts/2/', { method: 'DELETE' })
  assert.equal((await world.post('accounts/', { email: 'b@example.com' })).status, 201)
  const row = await world.db.selectFrom('accounts').selectAll().where('id', '=', 2).executeTakeFirstOrThrow()
  assert.deepEqual([row.email, row.first_name, row.deleted_at !== null], ['deleted:2', '', true])
})

test('an account with servers stays, and says which they are', async t => {
  const world = await openWorld(t, { engine: false })
  const { accountId, token } = await world.addAccount('other')
  const serverId = await world.addServer(accountId, 'theirs')
  const { status, body } = await world.call(`accounts/${accountId}/`, { method: 'DELETE' })
  assert.deepEqual([status, body.code], [400, 'account_has_servers'])
  assert.match(body.detail, new RegExp(`owns 1 servers: ${serverId}\\.`))
  assert.equal((await world.call('account/me/', { token })).status, 200)
  await world.db.updateTable('servers').set({ deleted_at: 1 }).where('id', '=', serverId).execute()
  assert.equal((await world.call(`accounts/${accountId}/`, { method: 'DELETE' })).status, 204)
})

test('nobody deletes the own account; of two administrators who delete each other one is left', async t => {
  const world = await openWorld(t, { engine: false })
  const own = await world.call('accounts/1/', { method: 'DELETE' })
  assert.deepEqual([own.status, own.body.code], [400, 'own_account'])
  const { accountId, token } = await world.addAccount('other')
  const acting = await world.call(`accounts/1/?account_id=${accountId}`, { method: 'DELETE' })
  assert.deepEqual([acting.status, acting.body.code], [400, 'own_account'])

  await world.db.updateTable('servers').set({ deleted_at: 1 }).execute()
  const both = await Promise.all([
    world.call(`accounts/${accountId}/`, { method: 'DELETE' }),
    world.call('accounts/1/', { method: 'DELETE', token }),
  ])
  assert.deepEqual(both.map(reply => reply.status).sort(), [204, 401])
  const left = await world.db.selectFrom('accounts').select('id').where('deleted_at', 'is', null).execute()
  assert.equal(left.length, 1)
})

test('an account without tokens is deleted like any other', async t => {
  const world = await openWorld(t, { engine: false })
  const { accountId } = await world.addAccount('other')
  await world.db.deleteFrom('tokens').where('account_id', '=', accountId).execute()
  assert.equal((await world.call(`accounts/${accountId}/`, { method: 'DELETE' })).status, 204)
  assert.equal((await world.call(`accounts/${accountId}/`)).status, 404)
})

test('an administrator whose token ends does not delete the one whose token does not', async t => {
  const world = await openWorld(t, { engine: false })
  const { accountId, token } = await world.addAccount('other')
  await world.db.updateTable('servers').set({ deleted_at: 1 }).execute()
  await world.db
    .updateTable('tokens')
    .set({ expires_at: world.now() + 60_000 })
    .where('account_id', '=', accountId)
    .execute()
  const refused = await world.call('accounts/1/', { method: 'DELETE', token })
  assert.deepEqual([refused.status, refused.body.code], [400, 'last_admin_token'])
  assert.equal((await world.call('account/me/')).status, 200)
  assert.equal((await world.call(`accounts/${accountId}/`, { method: 'DELETE' })).status, 204)
})

test('what is wrong is refused by name, and nothing is made or changed', async t => {
  const world = await openWorld(t, { engine: false })
  const before = await tables(world)
  const right = { email: 'b@example.com' }
  const cases: [object, string[]][] = [
    [{}, ['email']],
    [{ email: 7 }, ['email']],
    [{ email: '' }, ['email']],
    [{ email: 'nobody' }, ['email']],
    [{ email: 'a b@example.com' }, ['email']],
    [{ email: 'a@b@example.com' }, ['email']],
    [{ email: 'a\u0007@example.com' }, ['email']],
    [{ email: `${'x'.repeat(250)}@e.com` }, ['email']],
    [{ ...right, first_name: null }, ['first_name']],
    [{ ...right, first_name: 'x'.repeat(101) }, ['first_name']],
    [{ ...right, last_name: 'a\nb' }, ['last_name']],
    [{ ...right, company_name: 'a\u007fb' }, ['company_name']],
    [{ ...right, quota: 5 }, ['quota']],
    [{ ...right, quota: { servers: -1 } }, ['quota']],
    [{ ...right, quota: { servers: '2' } }, ['quota']],
    [{ ...right, quota: { servers: 1.5 } }, ['quota']],
    [{ ...right, quota: { snapshots_per_server: 1001 } }, ['quota']],
    [{ ...right, quota: { bytes: 2 ** 53 } }, ['quota']],
    [{ ...right, quota: { disks: 1 } }, ['quota']],
    [{ ...right, permissions: [] }, ['permissions']],
    [{ ...right, permissions: ['root'] }, ['permissions']],
    [{ ...right, id: 7, deleted_at: 1 }, ['deleted_at', 'id']],
  ]
  for (const [body, fields] of cases) {
    const reply = await world.post('accounts/', body)
    assert.deepEqual([reply.status, Object.keys(reply.body.errors ?? {}).sort()], [400, fields], JSON.stringify(body))
  }
  for (const body of [{ email: 'x@example.com' }, { first_name: 7 }, { quota: { servers: -1 } }, { usage: {} }]) {
    assert.equal((await world.call('accounts/1/', { method: 'PATCH', body })).status, 400, JSON.stringify(body))
  }
  for (const raw of ['[]', '7', '"x"', 'null', '']) {
    assert.equal((await world.post('accounts/', undefined, { raw })).status, 400, raw)
    assert.equal((await world.call('accounts/1/', { method: 'PATCH', raw })).status, 400, raw)
  }
  assert.deepEqual(await tables(world), before)
})

async function tables({ db }: World) {
  return [
    await db.selectFrom('accounts').selectAll().execute(),
    await db.selectFrom('tokens').select(['id', 'account_id', 'permissions']).execute(),
  ]
}
