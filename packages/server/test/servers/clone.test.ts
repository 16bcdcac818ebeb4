import assert from 'node:assert/strict'
import { openWorld, type World } from '../http/harness.ts'
import { test, testOn } from '../support/databases.ts'
import { footprint, made, plan, settled, sshKey, waiting } from './support.ts'

/** A running server of two disks with something on them, and a snapshot of it; then it writes on. */
async function origin(world: World, body: object = {}) {
  const server = await made(world, { name: 'origin', disks: [{ size_gb: 2 }], ...body })
  const { controls } = world.memory
  for (const slot of [0, 1]) controls.write(server.id, slot, 5, 10 + slot)
  const snapshot = await world.post('snapshots/', { server_id: server.id, name: 'before' }, waiting)
  assert.equal(snapshot.body.status, 'completed', snapshot.text)
  for (const slot of [0, 1]) controls.write(server.id, slot, 5, 99)
  return { server, snapshotId: snapshot.body.id as number }
}

async function clone(world: World, serverId: number, body: object) {
  const reply = await world.post(`servers/${serverId}/clone/`, { name: 'clone', ...body }, waiting)
  assert.deepEqual([reply.status, reply.body.status], [201, 'active'], reply.text)
  return reply.body
}

const read = (world: World, serverId: number) => [0, 1].map(slot => world.memory.controls.read(serverId, slot, 5))
const hostPorts = (server: { network: { forwards: { host_port: number }[] } }) =>
  server.network.forwards.map(forward => forward.host_port)
const guestPorts = (server: { network: { forwards: { guest_port: number }[] } }) =>
  server.network.forwards.map(forward => forward.guest_port)

test('a clone begins with what the snapshot holds, and is a server of its own', async t => {
  const world = await openWorld(t)
  const { controls } = world.memory
  await world.db.updateTable('images').set({ cloud_init: 1 }).execute()
  const cloud_init = { user_data: '#!/bin/sh\n', ssh_keys: [sshKey] }
  const { server, snapshotId } = await origin(world, {
    plan: { ...plan, name: 'large', vcpus: 2 },
    location: 'attic',
    firmware: 'uefi',
    forwards: [{ guest_port: 22, host_port: 20_700 }, { guest_port: 443 }],
    cloud_init,
    autostart: false,
  })
  const before = await world.db.selectFrom('layers').select('id').execute()
  const copy = await clone(world, server.id, { snapshot_id: snapshotId })
  assert.deepEqual(
    [copy.name, copy.hostname, copy.location, copy.plan.name, copy.plan.vcpus, copy.plan.memory, copy.plan.storage],
    ['clone', 'clone', 'attic', 'large', 2, 256, 1],
  )
  assert.deepEqual([copy.firmware, copy.autostart, copy.cloned_from], ['uefi', true, snapshotId])
  assert.deepEqual(copy.disks, server.disks)
  assert.deepEqual(read(world, copy.id), [10, 11])
  assert.deepEqual(read(world, server.id), [99, 99])
  // One new layer a disk: nothing was copied.
  const after = await world.db.selectFrom('layers').select('id').execute()
  assert.equal(after.length - before.length, 3)

  const [a, b] = [controls.started(server.id), controls.started(copy.id)]
  for (const part of ['uuid', 'generationId'] as const) assert.notEqual(a[part], b[part])
  assert.notEqual(a.seed?.instanceId, b.seed?.instanceId)
  // What the first boot of the origin did is on the disks already.
  assert.deepEqual([b.seed?.isClone, b.seed?.userData, b.seed?.sshKeys, b.seed?.hostname], [true, null, [], 'clone'])
  assert.notEqual(copy.network.mac, server.network.mac)
  assert.deepEqual(guestPorts(copy), [22, 443])
  assert.equal(new Set([...hostPorts(server), ...hostPorts(copy)]).size, 4)
  assert.deepEqual(copy.identity, {
    uuid: 'new',
    mac: 'new',
    hostname: 'by_cloud_init',
    machine_id: 'by_cloud_init',
    ssh_host_keys: 'by_cloud_init',
    note: null,
  })

  controls.write(copy.id, 0, 5, 77)
  await world.post(`snapshots/${snapshotId}/restore/`, undefined, waiting)
  assert.deepEqual(
    [read(world, server.id), read(world, copy.id)],
    [
      [10, 11],
      [77, 11],
    ],
  )
})

test('without cloud-init the answer says what is shared and what to do about it', async t => {
  const world = await openWorld(t)
  const { server, snapshotId } = await origin(world)
  const copy = await clone(world, server.id, { snapshot_id: snapshotId })
  const { note, ...identity } = copy.identity
  assert.deepEqual(identity, {
    uuid: 'new',
    mac: 'new',
    hostname: 'copied',
    machine_id: 'copied',
    ssh_host_keys: 'copied',
  })
  assert.match(note, new RegExp(`snapshot ${snapshotId}.*hostnamectl set-hostname clone.*machine-id.*ssh_host`))
})

test('the server in the path lends its shape, the snapshot of another one the disks', async t => {
  const world = await openWorld(t)
  const { snapshotId } = await origin(world)
  const shape = await made(world, { plan: { ...plan, memory: 512, name: 'roomy' }, network: 'none', location: 'here' })
  const copy = await clone(world, shape.id, { snapshot_id: snapshotId })
  assert.deepEqual(
    [copy.plan.name, copy.plan.memory, copy.network.type, copy.location, copy.disks.length],
    ['roomy', 512, 'none', 'here', 2],
  )
  assert.deepEqual(read(world, copy.id), [10, 11])
  // All of it can be said otherwise; the first disk can grow.
  const other = await clone(world, shape.id, {
    snapshot_id: snapshotId,
    hostname: 'other.example.test',
    plan: { storage: 3, vcpus: 4 },
    network: 'user',
    autostart: false,
    cloud_init: { ssh_keys: [sshKey] },
  })
  assert.deepEqual(
    [other.hostname, other.plan.memory, other.plan.vcpus, other.plan.storage, other.disks[0].size_gb, other.autostart],
    ['other.example.test', 512, 4, 3, 3, false],
  )
  assert.deepEqual([guestPorts(other), other.disks[1].size_gb], [[22], 2])
  assert.deepEqual(world.memory.controls.started(other.id).seed?.sshKeys, [sshKey])
})

test('in quarantine it starts unplugged, until somebody plugs it in; its own clone is plugged in', async t => {
  const world = await openWorld(t)
  const { server, snapshotId } = await origin(world)
  const copy = await clone(world, server.id, { snapshot_id: snapshotId, quarantine: true })
  const isPlugged = (id: number) => world.memory.controls.isPlugged(id)
  assert.deepEqual([copy.network.quarantine, isPlugged(copy.id), isPlugged(server.id)], [true, false, true])
  // Also after it was off.
  for (const action of ['stop', 'start']) await world.post(`servers/${copy.id}/${action}/`, undefined, waiting)
  assert.equal(isPlugged(copy.id), false)
  const next = await clone(world, copy.id, { snapshot_id: snapshotId })
  assert.deepEqual([next.network.quarantine, isPlugged(next.id)], [false, true])
  const { body } = await world.call(`servers/${copy.id}/`, { method: 'PATCH', body: { quarantine: false } })
  assert.deepEqual([body.network.quarantine, isPlugged(copy.id)], [false, true])
})

test('the snapshot and its server may be deleted as soon as the clone was asked for', async t => {
  const world = await openWorld(t, { engine: false })
  const id = world.serverId
  await world.startEngine()
  await world.post(`servers/${id}/start/`, undefined, waiting)
  world.memory.controls.write(id, 0, 5, 1)
  const snapshotId = await world.completed('before')
  world.memory.controls.write(id, 0, 5, 2)
  // Nothing of the origin is left but what the clone is to be made from.
  world.memory.controls.faults.fail({ method: 'createLayer', when: 'before' })
  const { body } = await world.post(`servers/${id}/clone/`, { name: 'clone', snapshot_id: snapshotId })
  await world.call(`servers/${id}/?with_snapshots=true`, { method: 'DELETE' })
  await settled(world)
  const { body: copy } = await world.call(`servers/${body.id}/`)
  assert.deepEqual([copy.status, copy.cloned_from], ['active', snapshotId])
  assert.equal(world.memory.controls.read(copy.id, 0, 5), 1)
  // The origin's head has gone; of its layers the clone's chain is left.
  const layers = await world.db.selectFrom('layers').selectAll().orderBy('id').execute()
  const counted = layers.filter(layer => layer.server_id !== null)
  assert.deepEqual(
    counted.map(layer => layer.server_id),
    [copy.id],
  )
})

testOn('sqlite', 'a chain as deep as it may be is copied, disk by disk, and the clone can be snapshotted', async t => {
  const world = await openWorld(t, { snapshotLimit: 100 })
  const { controls } = world.memory
  await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  let snapshotId = 0
  for (let depth = 2; depth < 64; depth++) {
    controls.write(world.serverId, 0, depth, depth)
    snapshotId = await world.completed(`s${depth}`)
  }
  const held = controls.contents(
    (await world.db.selectFrom('disks').select('active_layer_id as id').executeTakeFirstOrThrow()).id,
  )
  const copy = await clone(world, world.serverId, { snapshot_id: snapshotId })
  const { layers } = controls.started(copy.id).disks[0] as { layers: readonly { id: number }[] }
  assert.equal(layers.length, 1, 'it stands on nothing')
  assert.deepEqual(controls.contents(layers[0]?.id as number), held)
  const again = await world.post('snapshots/', { server_id: copy.id, name: 'own' }, waiting)
  assert.equal(again.body.status, 'completed')
  // A shallower one of the same server is an overlay still.
  const [, shallower] = (await world.call(`snapshots/?server_id=${world.serverId}`)).body.results
  const other = await clone(world, world.serverId, { snapshot_id: shallower.id })
  assert.equal(controls.started(other.id).disks[0]?.layers.length, 63)

  // What is copied has to fit beside the reserve; what is not, has not.
  controls.setFreeBytes(3 * 1024 * 1024)
  const refused = await world.post(`servers/${copy.id}/clone/`, { name: 'c', snapshot_id: snapshotId })
  assert.deepEqual([refused.status, refused.body.code], [400, 'not_enough_space'])
  await clone(world, copy.id, { snapshot_id: shallower.id })

  // The snapshot goes while it is being copied.
  controls.setFreeBytes(2 ** 40)
  controls.holdMerges()
  const slow = await world.post(`servers/${copy.id}/clone/`, { name: 'slow', snapshot_id: snapshotId })
  await world.call(`servers/${world.serverId}/?with_snapshots=true`, { method: 'DELETE' })
  world.service.collector.wake()
  await world.post(`servers/${copy.id}/reboot/`, undefined, waiting)
  assert.equal((await world.call(`servers/${slow.body.id}/`)).body.status, 'creating')
  controls.releaseMerges()
  await world.service.engine.waitFor(Number(slow.headers['operation-id']), 20_000)
  const [top] = (controls.started(slow.body.id).disks[0] as { layers: readonly { id: number }[] }).layers
  assert.deepEqual(controls.contents(top?.id as number), held)
})

test('what cannot be cloned is refused, and leaves nothing', async t => {
  const world = await openWorld(t)
  const { server, snapshotId } = await origin(world)
  const theirs = await world.addAccount('other')
  const theirServer = await world.addServer(theirs.accountId, 'theirs')
  const body = { server_id: theirServer, name: 'theirs' }
  const foreign = await world.post('snapshots/', body, { token: theirs.token, ...waiting })
  assert.equal(foreign.body.status, 'completed', foreign.text)
  const deleted = await world.completed('deleted')
  await world.call(`snapshots/${deleted}/`, { method: 'DELETE' })
  await settled(world)
  const was = await footprint(world)
  const expect = async (code: string, body: object, serverId = server.id, token = world.token) => {
    const reply = await world.post(
      `servers/${serverId}/clone/`,
      { name: 'c', snapshot_id: snapshotId, ...body },
      { token },
    )
    const about = `${code}: ${JSON.stringify(body)}: ${reply.text}`
    assert.deepEqual([reply.status, reply.body.code], [code === 'not_found' ? 404 : 400, code], about)
    assert.deepEqual(await footprint(world), was, about)
    return reply.body
  }
  await expect('not_found', { snapshot_id: 999 })
  await expect('not_found', { snapshot_id: deleted })
  await expect('not_found', {}, 999)
  // Somebody else's are as if they were not there, whichever of the two.
  const unknown = await expect('not_found', { snapshot_id: foreign.body.id })
  assert.deepEqual(Object.keys(unknown), Object.keys(await expect('not_found', { snapshot_id: 998 })))
  await expect('not_found', {}, theirServer)
  await expect('not_found', {}, server.id, theirs.token)
  await expect('not_found', { snapshot_id: snapshotId }, theirServer, theirs.token)

  await world.db.updateTable('snapshots').set({ status: 'in_progress' }).where('id', '=', snapshotId).execute()
  await expect('snapshot_not_cloneable', {})
  await world.db
    .updateTable('snapshots')
    .set({ status: 'failed', ended_at: world.now() })
    .where('id', '=', snapshotId)
    .execute()
  await expect('snapshot_not_cloneable', {})
  await world.db.updateTable('snapshots').set({ status: 'completed' }).where('id', '=', snapshotId).execute()

  await expect('not_enough_memory', { plan: { memory: 65_537 } })
  await expect('bridge_unavailable', { network: 'bridge:br7' })
  await expect('port_taken', { forwards: [{ guest_port: 22, host_port: hostPorts(server)[0] }] })
  await world.db.updateTable('accounts').set({ quota_servers: 1 }).execute()
  await expect('quota_exceeded', {})
  await world.db.updateTable('accounts').set({ quota_servers: null }).execute()
  const fields: [string, object][] = [
    ['plan', { plan: { storage: 0 } }],
    ['plan', { plan: { vcpus: 0 } }],
    ['name', { name: '' }],
    ['name', { name: undefined }],
    ['snapshot_id', { snapshot_id: undefined }],
    ['snapshot_id', { snapshot_id: '1.5' }],
    ['quarantine', { quarantine: 1 }],
    ['quarantine', { quarantine: true, network: 'none' }],
    ['forwards', { network: 'none', forwards: [{ guest_port: 1 }] }],
    ['cloud_init', { cloud_init: { user_data: 'x' } }],
    ['image_id', { image_id: 1 }],
    ['location', { location: 'x' }],
    ['disks', { disks: [] }],
  ]
  for (const [field, body] of fields)
    assert.deepEqual(Object.keys((await expect('invalid_request', body)).errors), [field])
  // Smaller than what the snapshot holds.
  await world.db
    .updateTable('layers')
    .set({ size_bytes: 2 ** 30 + 1 })
    .where('server_id', '=', server.id)
    .execute()
  assert.deepEqual(Object.keys((await expect('invalid_request', { plan: { storage: 1 } })).errors), ['plan'])
})
