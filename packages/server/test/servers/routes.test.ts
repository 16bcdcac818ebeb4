import assert from 'node:assert/strict'
import { openWorld } from '../http/harness.ts'
import { test } from '../support/databases.ts'

const waiting = { headers: { prefer: 'wait=30' } }

test('a listed server has exactly the documented keys', async t => {
  const world = await openWorld(t, { engine: false })
  const { status, body } = await world.call('servers/')
  assert.equal(status, 200)
  const [server] = body.results
  const { created_at, updated_at, ...rest } = server
  assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.match(updated_at, /Z$/)
  assert.deepEqual(rest, {
    id: world.serverId,
    name: 'web-server-01',
    hostname: 'web-server-01.example.com',
    status: 'stopped',
    ip_address: null,
    location: 'local',
    plan: { id: 1, name: 'tiny', vcpus: 1, memory: 128, storage: 1 },
    os: { id: 1, name: 'Tiny Linux' },
  })
})

test('filters: status and location; nobody else’s; a status that is none is refused', async t => {
  const world = await openWorld(t, { engine: false })
  await world.addServer(world.accountId, 'second', 'active')
  const theirs = await world.addAccount('other')
  await world.addServer(theirs.accountId, 'theirs')
  await world.db.updateTable('servers').set({ location: 'attic' }).where('name', '=', 'second').execute()
  const names = async (query: string) => {
    const { body } = await world.call(`servers/${query}`)
    return [body.count, body.results.map((server: { name: string }) => server.name).join()]
  }
  assert.deepEqual(await names(''), [2, 'web-server-01,second'])
  assert.deepEqual(await names('?status=active'), [1, 'second'])
  assert.deepEqual(await names('?status=suspended'), [0, ''])
  assert.deepEqual(await names('?location=attic'), [1, 'second'])
  assert.deepEqual(await names('?location=attic&status=stopped'), [0, ''])
  assert.deepEqual(await names('?limit=1&offset=1'), [2, 'second'])
  for (const query of [
    'status=up',
    'status=',
    'status=active&status=active',
    'location=a&location=b',
    'location=a%00',
  ]) {
    const { status, body } = await world.call(`servers/?${query}`)
    assert.deepEqual([status, Object.keys(body.errors)], [400, [query.split('=')[0]]])
  }
})

test('the detail: why it is as it is, its agent, its disks, what could be undone', async t => {
  const world = await openWorld(t)
  const detail = async () => (await world.call(`servers/${world.serverId}/`)).body
  const stopped = await detail()
  assert.match(stopped.uuid, /^[0-9a-f-]{36}$/)
  assert.deepEqual(
    [stopped.status, stopped.status_reason, stopped.agent, stopped.disks],
    ['stopped', null, { connected: false }, [{ slot: 0, size_gb: 0.063, role: 'disk' }]],
  )
  assert.deepEqual(stopped.undo, { available: false, until: null, operation_id: null, hours: 24 })

  await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  const id = await world.completed('one')
  const restore = await world.post(`snapshots/${id}/restore/`, undefined, waiting)
  const restored = await detail()
  assert.deepEqual([restored.status, restored.agent], ['active', { connected: true }])
  assert.equal(restored.undo.available, true)
  assert.equal(String(restored.undo.operation_id), restore.headers['operation-id'])
  assert.ok(Date.parse(restored.undo.until) > world.now() + 23 * 3600_000)
  world.clock.offset = 25 * 3600_000
  assert.equal((await detail()).undo.available, false)
})

test('start, reboot, stop: 200 with the detail and the operation; what does not fit the state is refused', async t => {
  const world = await openWorld(t)
  const act = async (action: string) => {
    const { status, body, headers } = await world.post(`servers/${world.serverId}/${action}/`, {}, waiting)
    return [status, body.code ?? body.status, headers['operation-id'] !== undefined]
  }
  assert.deepEqual(await act('reboot'), [400, 'server_wrong_state', false])
  assert.deepEqual(await act('stop'), [400, 'server_wrong_state', false])
  assert.deepEqual(await act('start'), [200, 'active', true])
  assert.deepEqual(await act('start'), [400, 'server_wrong_state', false])
  assert.deepEqual(await act('reboot'), [200, 'active', true])
  assert.deepEqual(await act('stop'), [200, 'stopped', true])
  const kinds = (await world.call('operations/')).body.results.map((operation: { kind: string }) => operation.kind)
  assert.deepEqual(kinds, ['server_stop', 'server_reboot', 'server_start'])
})

test('who waits for the end is answered, though the server was deleted right then', async t => {
  const world = await openWorld(t)
  world.service.engine.onEnd(() => {
    void world.db.updateTable('servers').set({ deleted_at: 1 }).where('id', '=', world.serverId).execute()
  })
  const { status, body } = await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  assert.deepEqual([status, body.id], [200, world.serverId])
})

test('the detail: how many snapshots it has, and how many it may have', async t => {
  const world = await openWorld(t, { snapshotLimit: 3 })
  const told = async () => (await world.call(`servers/${world.serverId}/`)).body.snapshots
  assert.deepEqual(await told(), { count: 0, limit: 3 })
  await world.completed('one')
  const two = await world.completed('two')
  assert.deepEqual(await told(), { count: 2, limit: 3 })
  await world.call(`snapshots/${two}/`, { method: 'DELETE' })
  // What failed counts against nobody.
  const failed = await world.create('three', { headers: { prefer: 'wait=30' } })
  await world.db.updateTable('snapshots').set({ status: 'failed' }).where('id', '=', failed.body.id).execute()
  await world.db.updateTable('accounts').set({ quota_snapshots: 7 }).execute()
  assert.deepEqual(await told(), { count: 1, limit: 7 })
})

test('undo goes back, undo again returns; nothing to undo is refused', async t => {
  const world = await openWorld(t)
  const { controls } = world.memory
  const undo = () => world.post(`servers/${world.serverId}/undo/`, undefined, waiting)
  const nothing = await undo()
  assert.deepEqual([nothing.status, nothing.body.code], [400, 'nothing_to_undo'])
  await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  controls.write(world.serverId, 0, 3, 1)
  const id = await world.completed('one')
  controls.write(world.serverId, 0, 3, 2)
  const generations = new Set<string>()
  const generation = () => generations.add(controls.started(world.serverId).generationId).size
  generation()
  await world.post(`snapshots/${id}/restore/`, undefined, waiting)
  assert.deepEqual([controls.read(world.serverId, 0, 3), generation()], [1, 2])
  const undone = await undo()
  assert.deepEqual([undone.status, undone.body.status, controls.read(world.serverId, 0, 3)], [200, 'active', 2])
  assert.equal(generation(), 3)
  await undo()
  assert.deepEqual([controls.read(world.serverId, 0, 3), generation()], [1, 4])
  // A start is no reason to be somebody else.
  for (const action of ['stop', 'start']) await world.post(`servers/${world.serverId}/${action}/`, undefined, waiting)
  assert.equal(generation(), 4)
})

test('unknown keys are refused by name on routes of our own', async t => {
  const world = await openWorld(t, { engine: false })
  for (const action of ['start', 'stop', 'reboot', 'undo']) {
    const { status, body } = await world.post(`servers/${world.serverId}/${action}/`, { force: true })
    assert.deepEqual([status, Object.keys(body.errors)], [400, ['force']])
    assert.equal((await world.post(`servers/${world.serverId}/${action}/`, [1])).status, 400)
  }
  assert.equal(await world.count('operations'), 0)
})

test('a server starts only if there is memory for it; one that has its memory runs on', async t => {
  const world = await openWorld(t)
  const { controls } = world.memory
  const start = () => world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  controls.setMemory(1024, 127)
  const refused = await start()
  assert.deepEqual([refused.status, refused.body.code, await world.count('operations')], [400, 'not_enough_memory', 0])
  assert.match(refused.body.detail, /128 MB are wanted; 127 MB of the host are free/)
  controls.setMemory(1024, 128)
  await start()
  controls.setMemory(1024, 0)
  controls.pause(world.serverId, 'no space')
  while ((await world.call(`servers/${world.serverId}/`)).body.status !== 'suspended') await new Promise(setImmediate)
  assert.equal((await start()).body.status, 'active')
})

test('memory that is gone when its turn comes is told', async t => {
  const world = await openWorld(t, { engine: false })
  const { headers } = await world.post(`servers/${world.serverId}/start/`)
  world.memory.controls.setMemory(1024, 127)
  await world.startEngine()
  await world.service.engine.waitFor(Number(headers['operation-id']), 20_000)
  const { body } = await world.call(`servers/${world.serverId}/`)
  assert.equal(body.status, 'stopped')
  assert.match(body.status_reason, /^The last start failed: 128 MB are wanted/)
  assert.equal((await world.memory.driver.inspect(world.serverId)).state, 'absent')
})
