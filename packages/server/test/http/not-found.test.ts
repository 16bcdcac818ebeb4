import assert from 'node:assert/strict'
import { test } from '../support/databases.ts'
import { openWorld } from './harness.ts'

test('a path that does not exist is a 404 problem, with a token and without', async t => {
  const world = await openWorld(t, { engine: false })
  const paths = [
    '/',
    '/api/',
    '/api/v1/',
    '/api/v2/snapshots/',
    '/api/v1/snapshots/1/2/',
    '/api/v1//snapshots/',
    '/API/v1/snapshots/',
  ]
  for (const path of paths) {
    for (const token of [world.token, null]) {
      const { status, body } = await world.call(path, { token })
      assert.deepEqual([path, status, body.code], [path, 404, 'not_found'])
    }
  }
})

test('another method is a 405 with what is allowed, before the body is looked at', async t => {
  const world = await openWorld(t, { engine: false })
  const cases: [string, 'GET' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'POST', string][] = [
    ['snapshots/', 'PUT', 'GET, HEAD, POST'],
    ['snapshots/', 'OPTIONS', 'GET, HEAD, POST'],
    ['snapshots/1/', 'PATCH', 'DELETE, GET, HEAD'],
    ['snapshots/1/restore/', 'GET', 'POST'],
    ['snapshots/1/restore', 'GET', 'POST'],
    ['snapshots/x/restore/', 'DELETE', 'POST'],
    ['account/me/', 'POST', 'GET, HEAD'],
    ['/healthz', 'POST', 'GET, HEAD'],
  ]
  for (const [path, method, allow] of cases) {
    const { status, body, headers } = await world.call(path, { method, ...(method === 'GET' ? {} : { raw: '{' }) })
    assert.deepEqual([path, status, body.code, headers['allow']], [path, 405, 'method_not_allowed', allow])
  }
})

test('somebody else’s, deleted, never existed and no id at all are the same 404', async t => {
  const world = await openWorld(t)
  const theirs = await world.addAccount('other')
  const server_id = await world.addServer(theirs.accountId, 'theirs')
  const waiting = { headers: { prefer: 'wait=30' } }
  const foreign = await world.post('snapshots/', { server_id, name: 'x' }, { token: theirs.token, ...waiting })
  const deleted = await world.completed('deleted')
  await world.call(`snapshots/${deleted}/`, { method: 'DELETE' })
  const ids = [
    '999',
    '0',
    '-1',
    '1.5',
    '1e0',
    '01',
    '+1',
    String(2 ** 53),
    String(2 ** 63),
    '9'.repeat(10_000),
    '١',
    '%31%00',
  ]
  const nonsense = ['x', '..%2f1', '%', '%zz', '%ff', '%00', '$(x)', '{{7*7}}', '😀', '1;2', "1'", 'null', '__proto__']
  const never = (await world.call('snapshots/999/')).text
  for (const id of [foreign.body.id, deleted, ...ids, ...nonsense]) {
    for (const [method, path] of [
      ['GET', `snapshots/${id}/`],
      ['DELETE', `snapshots/${id}/`],
      ['POST', `snapshots/${id}/restore/`],
      ['GET', `servers/${id === foreign.body.id ? server_id : id === deleted ? 999 : id}/`],
      ['POST', `servers/${id === foreign.body.id ? server_id : id === deleted ? 999 : id}/stop/`],
      ['GET', `servers/${id === foreign.body.id ? server_id : id === deleted ? 999 : id}/layers/`],
      ['GET', `operations/${id === foreign.body.id ? foreign.headers['operation-id'] : id === deleted ? 999 : id}/`],
      ['DELETE', `tokens/${id === foreign.body.id ? 2 : id === deleted ? 999 : id}/`],
    ] as const) {
      const { status, text } = await world.call(path, { method })
      assert.deepEqual([method, path.slice(0, 60), status, text], [method, path.slice(0, 60), 404, never])
    }
  }
  assert.equal((await world.call(`snapshots/${foreign.body.id}/`, { token: theirs.token })).status, 200)
})
