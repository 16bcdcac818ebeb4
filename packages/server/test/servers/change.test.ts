import assert from 'node:assert/strict'
import { openWorld } from '../http/harness.ts'
import { test } from '../support/databases.ts'
import { footprint, made, nextService, plan, waiting } from './support.ts'

test('what can be changed is changed, and it is said when that is felt', async t => {
  const world = await openWorld(t)
  const patch = (body: object) => world.call(`servers/${world.serverId}/`, { method: 'PATCH', body })
  world.clock.offset = 5000
  const body = { name: 'db-01', location: 'attic', autostart: false }
  const first = await patch(body)
  const { name, location, autostart, hostname, message } = first.body
  assert.deepEqual(
    [first.status, name, location, autostart, hostname],
    [200, 'db-01', 'attic', false, 'web-server-01.example.com'],
  )
  assert.equal(message, 'It takes effect at once.')
  assert.ok(Date.parse(first.body.updated_at) > Date.parse(first.body.created_at))
  assert.equal((await world.call('servers/?location=attic')).body.count, 1)

  const { body: renamed } = await patch({ hostname: 'db-01' })
  assert.equal(renamed.hostname, 'db-01')
  assert.match(renamed.message, /nobody tells the guest/)
  await world.db.updateTable('images').set({ cloud_init: 1 }).execute()
  assert.match((await patch({ hostname: 'db-02' })).body.message, /at its next start/)
  assert.equal((await patch({})).body.name, 'db-01')
  const { message: _, ...shown } = (await patch({ hostname: 'db-02' })).body
  assert.deepEqual(shown, (await world.call(`servers/${world.serverId}/`)).body)
})

test('nothing else can be, and nothing of somebody else’s', async t => {
  const world = await openWorld(t, { engine: false })
  const patch = (body: unknown, token = world.token) =>
    world.call(`servers/${world.serverId}/`, { method: 'PATCH', body, token })
  const before = await world.db.selectFrom('servers').selectAll().execute()
  for (const field of ['id', 'status', 'plan', 'image_id', 'uuid', 'network', 'account_id', '__proto__', 'Name']) {
    const { status, body } = await patch(JSON.parse(`{"${field}": "a"}`))
    assert.deepEqual([status, body.code, Object.keys(body.errors).length], [400, 'invalid_request', 1], field)
  }
  const wrong = {
    name: ['', 7, null],
    hostname: ['a b', null],
    location: [''],
    autostart: [1, null],
    quarantine: ['true', null],
  }
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) assert.deepEqual(Object.keys((await patch({ [field]: value })).body.errors), [field])
  }
  // It has no network.
  for (const body of [[], 'a', { quarantine: true }]) assert.equal((await patch(body)).status, 400)
  const other = await world.addAccount('other')
  assert.equal((await patch({ name: 'mine' }, other.token)).status, 404)
  assert.equal((await patch({ name: 'mine' }, await world.tokenWith('servers:read'))).status, 403)
  assert.deepEqual(await world.db.selectFrom('servers').selectAll().execute(), before)
})

test('quarantine unplugs a running server at once, and the next start as well; while it is busy nobody touches the cable', async t => {
  const world = await openWorld(t)
  const server = await made(world)
  const { controls } = world.memory
  const patch = (quarantine: boolean) => world.call(`servers/${server.id}/`, { method: 'PATCH', body: { quarantine } })
  assert.equal((await patch(true)).body.network.quarantine, true)
  assert.equal(controls.isPlugged(server.id), false)
  assert.equal((await patch(true)).status, 200)
  await world.post(`servers/${server.id}/stop/`, undefined, waiting)
  assert.equal((await patch(false)).body.network.quarantine, false)
  await world.post(`servers/${server.id}/start/`, undefined, waiting)
  assert.equal(controls.isPlugged(server.id), true)

  // The service ends between the row and the machine; the next one makes them agree.
  await world.db.updateTable('servers').set({ quarantined_at: null }).execute()
  await (await nextService(t, world, () => {})).start()
  assert.equal(controls.isPlugged(server.id), true)
})

test('a machine that does not answer is unplugged as soon as it does', async t => {
  const world = await openWorld(t)
  const server = await made(world)
  const { controls } = world.memory
  controls.faults.fail({ method: 'setPlugged', when: 'before' })
  const change = { method: 'PATCH', body: { quarantine: true } } as const
  const { status, body } = await world.call(`servers/${server.id}/`, change)
  assert.deepEqual([status, body.network.quarantine], [200, true])
  assert.match(body.message, /as soon as it does/)
  assert.equal(controls.isPlugged(server.id), true)
  await world.service.lookAtServers()
  assert.equal(controls.isPlugged(server.id), false)
})

test('a cable is left alone while something is about to start with it', async t => {
  const world = await openWorld(t, { engine: false })
  const { body: server } = await world.post('servers/', { name: 'a', image_id: 1, plan })
  const was = await footprint(world)
  const change = { method: 'PATCH', body: { quarantine: true } } as const
  const { status, body } = await world.call(`servers/${server.id}/`, change)
  assert.deepEqual([status, body.code], [400, 'server_busy'])
  assert.deepEqual(await footprint(world), was)
  assert.equal((await world.call(`servers/${server.id}/`, { method: 'PATCH', body: { name: 'b' } })).status, 200)
})
