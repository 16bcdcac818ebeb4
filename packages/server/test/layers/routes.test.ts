import assert from 'node:assert/strict'
import { openWorld } from '../http/harness.ts'
import { plan, waiting } from '../servers/support.ts'
import { test } from '../support/databases.ts'

test('what a server stands on; host paths only for admin', async t => {
  const world = await openWorld(t)
  const id = await world.completed('one')
  const { status, body } = await world.call(`servers/${world.serverId}/layers/`)
  assert.equal(status, 200)
  const part = ({ parent_id, kind, snapshots }: { parent_id: number; kind: string; snapshots: object[] }) => ({
    parent_id,
    kind,
    snapshots,
  })
  assert.equal(body.count, 3)
  assert.deepEqual(body.results.map(part), [
    { parent_id: null, kind: 'image', snapshots: [] },
    { parent_id: 1, kind: 'sealed', snapshots: [{ id, name: 'one' }] },
    { parent_id: 2, kind: 'active', snapshots: [] },
  ])
  for (const layer of body.results) assert.equal(typeof layer.path, 'string')
  const token = await world.tokenWith('servers:read')
  const plain = await world.call(`servers/${world.serverId}/layers/`, { token })
  assert.deepEqual(
    plain.body.results,
    body.results.map(({ path: _, ...layer }: { path: string }) => layer),
  )
})

test('who else of the account stands on a layer, and nobody of another account', async t => {
  const world = await openWorld(t)
  const { body: other } = await world.post('accounts/', { email: 'b@example.com' })
  const snapshot_id = await world.completed('one')
  const clone = await world.post(`servers/${world.serverId}/clone/`, { name: 'clone', snapshot_id }, waiting)
  assert.equal(clone.body.status, 'active', clone.text)
  const theirs = { token: other.token.token, ...waiting }
  const foreign = await world.post('servers/', { name: 'theirs', image_id: 1, plan }, theirs)
  assert.equal(foreign.body.status, 'active', foreign.text)

  const seen = async (id: number, token: string) => {
    const { body } = await world.call(`servers/${id}/layers/`, { token })
    return body.results.map(({ kind, servers }: { kind: string; servers: object[] }) => ({ kind, servers }))
  }
  const origin = { id: world.serverId, name: 'web-server-01' }
  const itsClone = { id: clone.body.id, name: 'clone' }
  assert.deepEqual(await seen(world.serverId, world.token), [
    { kind: 'image', servers: [itsClone] },
    { kind: 'sealed', servers: [itsClone] },
    { kind: 'active', servers: [] },
  ])
  assert.deepEqual(await seen(clone.body.id, world.token), [
    { kind: 'image', servers: [origin] },
    { kind: 'sealed', servers: [origin] },
    { kind: 'active', servers: [] },
  ])
  assert.deepEqual(await seen(foreign.body.id, other.token.token), [
    { kind: 'image', servers: [] },
    { kind: 'active', servers: [] },
  ])
})
