import assert from 'node:assert/strict'
import { openWorld } from '../http/harness.ts'
import { test } from '../support/databases.ts'

test('an operation tells what it is, how far it is, and what it is for', async t => {
  const world = await openWorld(t, { engine: false })
  const { headers, body: snapshot } = await world.create('one')
  const { status, body } = await world.call(`operations/${headers['operation-id']}/`)
  assert.equal(status, 200)
  const { created_at, ...rest } = body
  assert.equal(created_at, snapshot.created_at)
  assert.deepEqual(rest, {
    id: Number(headers['operation-id']),
    kind: 'snapshot_create',
    status: 'queued',
    step: null,
    progress: 0,
    attempts: 0,
    waits_for: null,
    server: { id: world.serverId, name: 'web-server-01' },
    snapshot_id: snapshot.id,
    image_id: null,
    error: null,
    started_at: null,
    ended_at: null,
  })
})

test('one that has ended well, one that failed and why', async t => {
  const world = await openWorld(t)
  const waiting = { headers: { prefer: 'wait=30' } }
  const good = await world.create('one', waiting)
  const { body } = await world.call(`operations/${good.headers['operation-id']}/`)
  assert.deepEqual([body.status, body.progress, body.attempts, body.error], ['completed', 1, 1, null])
  assert.ok(body.started_at && body.ended_at)

  await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  world.memory.controls.setAgent(world.serverId, 'absent')
  const frozen = { server_id: world.serverId, name: 'two' }
  const bad = await world.post('snapshots/?consistency=filesystem', frozen, waiting)
  const failed = await world.call(`operations/${bad.headers['operation-id']}/`)
  assert.equal(failed.body.status, 'failed')
  assert.equal(failed.body.error.code, 'consistency_unavailable')
  assert.deepEqual(Object.keys(failed.body.error), ['code', 'title', 'detail', 'remedy'])
})

test('newest first, by server and by status, and nobody else’s', async t => {
  const world = await openWorld(t, { engine: false })
  const second = await world.addServer(world.accountId, 'second')
  const theirs = await world.addAccount('other')
  const theirServer = await world.addServer(theirs.accountId, 'theirs')
  await world.create('a')
  await world.post('snapshots/', { server_id: second, name: 'b' })
  await world.post('snapshots/', { server_id: theirServer, name: 'c' }, { token: theirs.token })
  await world.create('d')
  const ids = async (query: string) => {
    const { body } = await world.call(`operations/${query}`)
    return [body.count, body.results.map((operation: { id: number }) => operation.id)]
  }
  assert.deepEqual(await ids(''), [3, [4, 2, 1]])
  assert.deepEqual(await ids(`?server_id=${second}`), [1, [2]])
  assert.deepEqual(await ids(`?server_id=${theirServer}`), [0, []])
  assert.deepEqual(await ids('?status=queued&limit=1'), [3, [4]])
  assert.deepEqual(await ids('?status=completed'), [0, []])
})

test('filters that are none are refused by name', async t => {
  const world = await openWorld(t, { engine: false })
  for (const query of ['server_id=x', 'server_id=0', 'server_id=', 'status=done', 'status=']) {
    const { status, body } = await world.call(`operations/?${query}`)
    assert.deepEqual([status, Object.keys(body.errors)], [400, [query.split('=')[0]]])
  }
})
