import assert from 'node:assert/strict'
import { openWorld, type World } from '../http/harness.ts'
import { test } from '../support/databases.ts'
import { footprint, made, plan, settled, waiting } from './support.ts'

const remove = (world: World, id: number, query = '', token = world.token) =>
  world.call(`servers/${id}/${query}`, { method: 'DELETE', token })

test('a deleted server is gone: at once for everybody, then with all that it had', async t => {
  const world = await openWorld(t)
  await settled(world)
  const was = await footprint(world)
  const forwards = [{ guest_port: 22, host_port: 20_800 }]
  const server = await made(world, { disks: [{ size_gb: 1 }], firmware: 'uefi', forwards })
  for (const slot of [0, 1]) world.memory.controls.write(server.id, slot, 1, 1)
  const snapshot = await world.post('snapshots/', { server_id: server.id, name: 's' }, waiting)
  await world.post(`snapshots/${snapshot.body.id}/restore/`, undefined, waiting)

  const refused = await remove(world, server.id)
  assert.deepEqual([refused.status, refused.body.code], [400, 'server_has_snapshots'])
  assert.equal((await world.call(`servers/${server.id}/`)).body.status, 'active')

  const deleted = await remove(world, server.id, '?with_snapshots=true')
  assert.deepEqual([deleted.status, deleted.text], [204, ''])
  for (const path of [`servers/${server.id}/`, `servers/${server.id}/layers/`, `snapshots/${snapshot.body.id}/`]) {
    assert.equal((await world.call(path)).status, 404, path)
  }
  for (const action of ['start', 'stop', 'reboot', 'undo', 'clone']) {
    const body = action === 'clone' ? { name: 'c', snapshot_id: snapshot.body.id } : undefined
    assert.equal((await world.post(`servers/${server.id}/${action}/`, body)).status, 404, action)
  }
  assert.equal((await world.post('snapshots/', { server_id: server.id, name: 's' })).status, 404)
  assert.equal((await world.post(`snapshots/${snapshot.body.id}/restore/`)).status, 404)
  assert.equal((await world.call(`servers/${server.id}/`, { method: 'PATCH', body: {} })).status, 404)
  assert.equal((await remove(world, server.id)).status, 404)
  assert.deepEqual((await world.call('servers/')).body.count, 1)
  assert.deepEqual((await world.call(`snapshots/?server_id=${server.id}`)).body.count, 0)

  await settled(world)
  assert.equal((await world.memory.driver.inspect(server.id)).state, 'absent')
  const is = await footprint(world)
  const history = { servers: 0, snapshots: 0, operations: 0 }
  assert.deepEqual({ ...is, ...history }, { ...was, ...history })
  // What was done stays to be read, with the end of it.
  const { body: operations } = await world.call(`operations/?server_id=${server.id}`)
  assert.deepEqual(operations.results.map((one: { kind: string; status: string }) => [one.kind, one.status])[0], [
    'server_delete',
    'completed',
  ])
  assert.equal(String(deleted.headers['operation-id']), String(operations.results[0].id))
  await made(world, { forwards })
})

test('its clone lives on, on what it needs of it; that counts against nobody', async t => {
  const world = await openWorld(t)
  const { controls } = world.memory
  const server = await made(world, { disks: [{ size_gb: 1 }] })
  controls.write(server.id, 1, 3, 33)
  const snapshot = await world.post('snapshots/', { server_id: server.id, name: 's' }, waiting)
  controls.write(server.id, 1, 4, 44)
  const body = { name: 'clone', snapshot_id: snapshot.body.id }
  const copy = (await world.post(`servers/${server.id}/clone/`, body, waiting)).body
  controls.write(copy.id, 1, 5, 55)
  const usage = async () => (await world.call(`accounts/${world.accountId}/`)).body.usage
  const before = await usage()
  controls.holdMerges()
  const deleted = await remove(world, server.id, '?with_snapshots=true')
  await world.service.engine.waitFor(Number(deleted.headers['operation-id']), 20_000)
  const owners = await world.db.selectFrom('layers').select('server_id').where('is_image', '=', 0).execute()
  // Those that the clone stands on are there still.
  assert.ok(owners.filter(layer => layer.server_id === null).length >= 2)
  assert.equal(owners.filter(layer => layer.server_id === server.id).length, 0)
  controls.releaseMerges()
  await settled(world)
  const read = () => [3, 4, 5].map(block => controls.read(copy.id, 1, block))
  assert.deepEqual(read(), [33, 0, 55])
  for (const action of ['stop', 'start']) await world.post(`servers/${copy.id}/${action}/`, undefined, waiting)
  await settled(world)
  assert.deepEqual(read(), [33, 0, 55])
  const after = await usage()
  assert.equal(after.servers, before.servers - 1)
  assert.ok(after.bytes < before.bytes)
  // And when it goes as well nothing is left but images and the first server.
  await remove(world, copy.id)
  await settled(world)
  assert.equal(controls.layerIds().length, 2)
})

test('a busy server is not deleted; nor is somebody else’s', async t => {
  const world = await openWorld(t, { engine: false })
  const other = await world.addAccount('other')
  const foreign = await remove(world, world.serverId, '', other.token)
  assert.deepEqual([foreign.status, foreign.body.code], [404, 'not_found'])
  for (const query of ['?with_snapshots=yes', '?with_snapshots=']) {
    const { status, body } = await remove(world, world.serverId, query)
    assert.deepEqual([status, Object.keys(body.errors)], [400, ['with_snapshots']])
  }
  await world.create('queued')
  const { status, body, headers } = await remove(world, world.serverId, '?with_snapshots=true')
  assert.deepEqual([status, body.code, headers['retry-after']], [400, 'server_busy', '2'])
  assert.equal((await world.call('servers/')).body.count, 1)
})

test('one that is being made is given up', async t => {
  const world = await openWorld(t, { engine: false })
  const was = await footprint(world)
  const { body: server } = await world.post('servers/', { name: 'a', image_id: 1, plan, disks: [{ size_gb: 1 }] })
  assert.equal((await remove(world, server.id)).status, 204)
  assert.deepEqual(world.cancelled.length, 1)
  assert.equal((await world.call(`servers/${server.id}/`)).status, 404)
  await world.startEngine()
  await settled(world)
  const { body } = await world.call(`operations/?server_id=${server.id}`)
  assert.deepEqual(
    body.results.map((one: { kind: string; status: string }) => [one.kind, one.status]),
    [
      ['server_delete', 'completed'],
      ['server_create', 'cancelled'],
    ],
  )
  assert.deepEqual({ ...(await footprint(world)), servers: 0, operations: 0 }, { ...was, servers: 0, operations: 0 })
})

test('what goes wrong is tried again until it is done, and says so', async t => {
  const world = await openWorld(t)
  const { faults } = world.memory.controls
  const server = await made(world)
  faults.fail({ method: 'stop', when: 'before', forever: true, error: new Error('QEMU is stuck') })
  const operation = Number((await remove(world, server.id)).headers['operation-id'])
  const look = async () => (await world.call(`operations/${operation}/`)).body
  while ((await look()).status !== 'waiting') await new Promise(resolve => setTimeout(resolve, 5))
  assert.equal((await look()).waits_for, 'the next try; the last one failed: QEMU is stuck')
  faults.clear()
  faults.fail({ method: 'forget', when: 'after' })
  for (const tries of [1, 2]) {
    world.clock.offset += 60_000
    world.service.engine.wake()
    while ((await look()).attempts <= tries || (await look()).status === 'running') {
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
  assert.deepEqual([(await look()).status, (await look()).attempts], ['completed', 3])
  assert.equal((await world.memory.driver.inspect(server.id)).state, 'absent')
})
