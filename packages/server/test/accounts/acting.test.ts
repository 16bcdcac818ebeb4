/** `?account_id=`: an administrator acts for another account, explicitly; everybody else has only the own. */
import assert from 'node:assert/strict'
import { openWorld } from '../http/harness.ts'
import { test } from '../support/databases.ts'

async function openTwo(t: Parameters<typeof openWorld>[0]) {
  const world = await openWorld(t)
  const made = await world.post('accounts/', { email: 'b@example.com' })
  const other = { id: made.body.id as number, token: made.body.token.token as string }
  const serverId = await world.addServer(other.id, 'theirs')
  return { world, other, serverId }
}

test('an administrator sees and does for another account what it names, and nothing of it without', async t => {
  const { world, other, serverId } = await openTwo(t)
  const query = `?account_id=${other.id}`
  const names = (reply: { body: { results: { name: string }[] } }) => reply.body.results.map(({ name }) => name)
  assert.deepEqual(names(await world.call('servers/')), ['web-server-01'])
  assert.deepEqual(names(await world.call(`servers/${query}`)), ['theirs'])
  assert.equal((await world.call(`servers/${serverId}/`)).status, 404)
  assert.equal((await world.call(`servers/${serverId}/${query}`)).body.name, 'theirs')
  assert.equal((await world.call(`servers/${world.serverId}/${query}`)).status, 404)

  const wait = { headers: { prefer: 'wait=30' } }
  const body = { server_id: serverId, name: 'for-them' }
  const made = await world.post(`snapshots/${query}`, body, wait)
  assert.deepEqual([made.status, made.body.status], [201, 'completed'])
  assert.equal((await world.post('snapshots/', body, wait)).status, 404)
  const theirs = await world.call('snapshots/', { token: other.token })
  assert.deepEqual([theirs.body.results[0].id, theirs.body.results[0].name], [made.body.id, 'for-them'])
  const operation = `operations/${made.headers['operation-id']}/`
  assert.equal((await world.call(operation, { token: other.token })).status, 200)
  assert.equal((await world.call(operation)).status, 404)
  assert.equal((await world.call(`${operation}${query}`)).status, 200)
  assert.equal((await world.call(`account/me/${query}`)).body.account.email, 'b@example.com')

  const token = await world.post(`tokens/${query}`, { name: 'made for them', permissions: ['servers:read'] })
  assert.deepEqual(names(await world.call('servers/', { token: token.body.token })), ['theirs'])
  assert.equal((await world.call(`tokens/${token.body.id}/`, { method: 'DELETE' })).status, 404)
  assert.equal((await world.call(`tokens/${token.body.id}/${query}`, { method: 'DELETE' })).status, 204)
  assert.equal((await world.call(`snapshots/${made.body.id}/${query}`, { method: 'DELETE' })).status, 204)
})

test('without admin only the own account may be named; what another one is like is not told', async t => {
  const { world, other } = await openTwo(t)
  const own = await world.call(`servers/?account_id=${other.id}`, { token: other.token })
  assert.deepEqual([own.status, own.body.count], [200, 1])
  const replies = await Promise.all(
    [1, 99_999].map(id => world.call(`servers/?account_id=${id}`, { token: other.token })),
  )
  assert.deepEqual(
    replies.map(({ status, body }) => [status, body.code]),
    [
      [403, 'permission_denied'],
      [403, 'permission_denied'],
    ],
  )
  assert.equal(replies[0]?.text, replies[1]?.text)
})

test('an account that is none, or none any more, is not acted for', async t => {
  const { world, other, serverId } = await openTwo(t)
  for (const id of [99_999, 2 ** 53 - 1]) {
    assert.equal((await world.call(`servers/?account_id=${id}`)).status, 404, String(id))
  }
  const nonsense = ['', '0', '-1', '1.5', '1e3', '0x1', 'me', '%', '٣', '9007199254740993', '1&account_id=2']
  for (const text of nonsense) {
    const { status, body } = await world.call(`servers/?account_id=${text}`)
    assert.deepEqual([status, Object.keys(body.errors ?? {})], [400, ['account_id']], text)
  }
  await world.db.updateTable('servers').set({ deleted_at: 1 }).where('id', '=', serverId).execute()
  assert.equal((await world.call(`accounts/${other.id}/`, { method: 'DELETE' })).status, 204)
  assert.equal((await world.call(`servers/?account_id=${other.id}`)).status, 404)
  const token = await world.post(`tokens/?account_id=${other.id}`, { name: 'x', permissions: ['servers:read'] })
  assert.equal(token.status, 404)
})

test('keys belong to the account whose token sends them, and to what it names', async t => {
  const { world, other, serverId } = await openTwo(t)
  const key = { headers: { 'idempotency-key': 'k', prefer: 'wait=30' } }
  const body = { server_id: serverId, name: 'one' }
  const theirs = await world.post('snapshots/', body, { ...key, token: other.token })
  const forThem = await world.post(`snapshots/?account_id=${other.id}`, body, key)
  assert.deepEqual([theirs.status, forThem.status], [201, 201])
  assert.notEqual(theirs.body.id, forThem.body.id)
  assert.equal((await world.post('snapshots/', body, { ...key, token: other.token })).text, theirs.text)
  assert.equal((await world.post(`snapshots/?account_id=${other.id}`, body, key)).text, forThem.text)
  const own = await world.post('snapshots/', { ...body, server_id: world.serverId }, key)
  assert.deepEqual([own.status, own.body.code], [400, 'idempotency_key_reused'])
})

test('the log names the account of the token, and whom it acts for', async t => {
  const { world, other, serverId } = await openTwo(t)
  await world.post(`servers/${serverId}/start/?account_id=${other.id}`, undefined, { headers: { prefer: 'wait=30' } })
  const line = world.lines.map(text => JSON.parse(text)).find(({ route }) => route?.endsWith('/start/'))
  assert.deepEqual([line.account, line.for, line.status], [1, other.id, 200])
})

test('the rate limit is the token’s, whomever it acts for', async t => {
  const world = await openWorld(t, { engine: false, rateLimit: 3 })
  const { accountId } = await world.addAccount('other')
  const ask = async () => (await world.call(`servers/?account_id=${accountId}`)).status
  assert.deepEqual([await ask(), await ask(), await ask(), await ask()], [200, 200, 200, 429])
  assert.equal((await world.call('servers/')).status, 429)
})
