/** The host goes down and comes back: what ran before runs again. */
import assert from 'node:assert/strict'
import { openWorld, type World } from '../http/harness.ts'
import { test } from '../support/databases.ts'
import { made, nextService, settled, waiting } from './support.ts'

async function statuses(world: World): Promise<Record<string, [string, string | null]>> {
  const rows = await world.db.selectFrom('servers').select(['name', 'status', 'status_reason']).execute()
  return Object.fromEntries(rows.map(row => [row.name, [row.status, row.status_reason]]))
}

test('those that ran start again; what cannot says why and keeps nobody; what did not run stays as it was', async t => {
  const world = await openWorld(t)
  const { controls } = world.memory
  const ran = await made(world, { name: 'ran' })
  const suspended = await made(world, { name: 'suspended' })
  const manual = await made(world, { name: 'manual', autostart: false })
  const stopped = await made(world, { name: 'stopped' })
  const unlucky = await made(world, { name: 'unlucky', forwards: [{ guest_port: 22, host_port: 20_900 }] })
  controls.pause(suspended.id, 'no space')
  await world.post(`servers/${stopped.id}/stop/`, undefined, waiting)
  await settled(world)

  const next = await nextService(t, world, () => {
    controls.endHost()
    controls.takePort(20_900)
  })
  // Whoever asks while they start is not told that they are stopped.
  const seen = new Set<string>()
  controls.faults.fail({ method: 'memory', when: 'before', error: new Error('asked too early') })
  const started = next.start().then(() => settled(world, next))
  for (let done = false; !done; ) {
    const [status] = (await statuses(world))['ran'] as [string, string]
    seen.add(status)
    done = await Promise.race([
      started.then(() => true),
      new Promise<false>(resolve => setTimeout(() => resolve(false), 1)),
    ])
  }
  assert.deepEqual([...seen], ['active'])
  const { unlucky: failed, ...others } = await statuses(world)
  assert.deepEqual(others, {
    'web-server-01': ['stopped', null],
    ran: ['active', null],
    suspended: ['active', null],
    manual: ['stopped', 'the host was shut down or crashed'],
    stopped: ['stopped', null],
  })
  assert.equal(failed?.[0], 'stopped')
  assert.match(failed?.[1] ?? '', /^It ran when the host went down, and could not be started again: .*20900/)
  for (const { id } of [ran, suspended]) assert.equal((await world.memory.driver.inspect(id)).state, 'running')
  for (const { id } of [manual, stopped, unlucky]) assert.equal((await world.memory.driver.inspect(id)).state, 'absent')

  // Once is enough: the next start of the service starts nothing.
  await next.stop()
  const before = await world.count('operations')
  const third = await nextService(t, world, () => {})
  await third.start()
  await settled(world, third)
  assert.equal(await world.count('operations'), before)
})

test('a restore that the host took down ends, and the server runs if it ran', async t => {
  const world = await openWorld(t)
  const { controls } = world.memory
  const server = await made(world)
  controls.write(server.id, 0, 1, 1)
  const snapshot = await world.post('snapshots/', { server_id: server.id, name: 's' }, waiting)
  controls.write(server.id, 0, 1, 2)
  // Not even prepared when the power goes.
  controls.faults.fail({ method: 'createLayer', when: 'before', forever: true })
  await world.post(`snapshots/${snapshot.body.id}/restore/`)
  const next = await nextService(t, world, () => {
    controls.endHost()
    controls.faults.clear()
  })
  await next.start()
  await settled(world, next)
  assert.deepEqual((await statuses(world))['made'], ['active', null])
  assert.equal(controls.read(server.id, 0, 1), 1)
})

test('one that was being stopped, or is deleted, is not started again', async t => {
  const world = await openWorld(t)
  const { controls } = world.memory
  const stopping = await made(world, { name: 'stopping' })
  const deleted = await made(world, { name: 'deleted' })
  controls.faults.fail({ method: 'stop', when: 'before', forever: true })
  await world.post(`servers/${stopping.id}/stop/`)
  await world.call(`servers/${deleted.id}/`, { method: 'DELETE' })
  const next = await nextService(t, world, () => {
    controls.endHost()
    controls.faults.clear()
    world.clock.offset += 60_000
  })
  await next.start()
  await settled(world, next)
  for (const { id } of [stopping, deleted]) assert.equal((await world.memory.driver.inspect(id)).state, 'absent')
  assert.deepEqual((await statuses(world))['stopping'], ['stopped', null])
  const starts = await world.db.selectFrom('operations').select('id').where('kind', '=', 'server_start').execute()
  assert.deepEqual(starts, [])
})
