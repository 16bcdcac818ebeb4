/** Requests that come at once: each is decided as if it had come alone. */
import assert from 'node:assert/strict'
import { openWorld } from '../http/harness.ts'
import { test } from '../support/databases.ts'

const COMING_AT_ONCE = 24

test('of many creates that come at once, as many are accepted as the limit allows', async t => {
  const world = await openWorld(t, { engine: false })
  const replies = await Promise.all(Array.from({ length: COMING_AT_ONCE }, (_, n) => world.create(`s${n}`)))
  const told = replies.map(({ status, body }) => `${status} ${body.code ?? body.status}`)
  assert.deepEqual(told.toSorted(), [
    ...Array(5).fill('201 in_progress'),
    ...Array(COMING_AT_ONCE - 5).fill('400 snapshot_limit_reached'),
  ])
  assert.deepEqual([await world.count('snapshots'), await world.count('operations')], [5, 5])
})

test('also while the engine works, and some are deleted', async t => {
  const world = await openWorld(t)
  const ids = [await world.completed('one'), await world.completed('two'), await world.completed('three')]
  const replies = await Promise.all([
    ...Array.from({ length: COMING_AT_ONCE }, (_, n) => world.create(`s${n}`, { headers: { prefer: 'wait=30' } })),
    ...ids.map(id => world.call(`snapshots/${id}/`, { method: 'DELETE' })),
  ])
  const count = (status: number) => replies.filter(reply => reply.status === status).length
  assert.equal(count(204), 3)
  // Two were free at once, three as soon as a deletion had gone first.
  assert.ok(count(201) >= 2 && count(201) <= 5, `${count(201)} accepted`)
  assert.equal(count(201) + count(400), COMING_AT_ONCE)
  const { body } = await world.call('snapshots/')
  assert.equal(body.count, count(201))
  assert.deepEqual(new Set(body.results.map((snapshot: { status: string }) => snapshot.status)), new Set(['completed']))
})

test('one server is restored, stopped and deleted at once: one of them has it, the others are told', async t => {
  const world = await openWorld(t, { engine: false })
  const created = await world.create('one')
  await world.db.updateTable('operations').set({ status: 'completed', ended_at: 1 }).execute()
  await world.db.updateTable('snapshots').set({ status: 'completed' }).execute()
  await world.db.updateTable('servers').set({ status: 'active' }).where('id', '=', world.serverId).execute()
  const replies = await Promise.all([
    ...Array.from({ length: 6 }, () => world.post(`snapshots/${created.body.id}/restore/`)),
    ...Array.from({ length: 6 }, () => world.post(`servers/${world.serverId}/stop/`)),
    ...Array.from({ length: 6 }, () => world.post(`servers/${world.serverId}/reboot/`)),
  ])
  const told = replies.map(({ status, body }) => `${status} ${body.code ?? ''}`.trim())
  assert.deepEqual(told.toSorted(), ['200', ...Array(17).fill('400 server_busy')])
  assert.equal(await world.count('operations'), 2)
})
