import assert from 'node:assert/strict'
import { openWorld } from '../http/harness.ts'
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
