import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { test, testOn } from '../support/databases.ts'
import { openWorld } from './harness.ts'

test('what is not expected is a 500 that tells nothing and a log line with its id', async t => {
  const world = await openWorld(t, { engine: false })
  world.memory.driver.freeBytes = async () => {
    throw new Error('secret path /var/lib/x')
  }
  const { status, body, text } = await world.create('one')
  assert.deepEqual([status, body.code], [500, 'internal_error'])
  assert.ok(!text.includes('secret') && !text.includes('.ts'), text)
  const id = /Request (\S+) failed/.exec(body.detail)?.[1]
  const line = world.lines.map(text => JSON.parse(text)).find(entry => entry.level === 50)
  assert.deepEqual([line.reqId, line.err.message], [id, 'secret path /var/lib/x'])
})

testOn('sqlite', 'a database that is full is a 503 that says when to come again', async t => {
  const world = await openWorld(t, { engine: false, snapshotLimit: 1000 })
  // No larger than it is already.
  await sql`pragma max_page_count = 1`.execute(world.db)
  let reply = await world.create('x')
  while (reply.status === 201) reply = await world.create('x'.repeat(255))
  const { status, body, headers } = reply
  assert.deepEqual([status, body.code, headers['retry-after']], [503, 'unavailable', '5'])
})

test('a request that is busy names the operation and when to come again', async t => {
  const world = await openWorld(t, { engine: false })
  const first = await world.create('one')
  const { status, body, headers } = await world.post(`servers/${world.serverId}/start/`)
  assert.deepEqual([status, body.code, body.operation_id], [400, 'server_busy', 1])
  assert.deepEqual([headers['operation-id'], headers['operation-id']], ['1', first.headers['operation-id']])
  assert.match(String(headers['retry-after']), /^[1-9]\d*$/)
})

test('a problem has type, title, status, detail with the remedy, and code', async t => {
  const world = await openWorld(t, { engine: false })
  const { body, headers } = await world.create('not a name')
  assert.match(String(headers['content-type']), /^application\/problem\+json/)
  assert.deepEqual(body, {
    type: 'urn:restpoint:error:invalid_request',
    title: 'Invalid request',
    status: 400,
    detail: 'The request is not valid: see "name". Correct the fields named in "errors".',
    code: 'invalid_request',
    errors: { name: ['Must be 1 to 255 ASCII letters, digits, hyphens and underscores.'] },
  })
})

test('the rate limit counts by token', async t => {
  const world = await openWorld(t, { engine: false, rateLimit: 2 })
  const other = await world.tokenWith('snapshots:read')
  const statuses = []
  for (let i = 0; i < 3; i++) statuses.push((await world.call('snapshots/')).status)
  assert.deepEqual(statuses, [200, 200, 429])
  const { body, headers } = await world.call('account/me/')
  assert.equal(body.code, 'rate_limited')
  assert.match(String(headers['retry-after']), /^[1-9]\d*$/)
  assert.equal((await world.call('snapshots/', { token: other })).status, 200)
  assert.equal((await world.call('/healthz', { token: null })).status, 200)
})

test('replies of the API are not to be stored or sniffed', async t => {
  const world = await openWorld(t, { engine: false })
  for (const path of ['snapshots/', 'snapshots/999/', 'nothing/']) {
    const { headers } = await world.call(path)
    assert.deepEqual([headers['cache-control'], headers['x-content-type-options']], ['no-store', 'nosniff'])
  }
})
