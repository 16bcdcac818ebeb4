/** At most five snapshots a server, whatever comes at once, and creates served in the order of their requests. */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { needs } from '../support/needs.ts'
import type { Snapshot } from './support/api.ts'
import { assertTidy } from './support/chains.ts'
import { assertWrites, removeAgent } from './support/guest-agent.ts'
import { Rig } from './support/rig.ts'
import { until } from './support/until.ts'

test('the limit of five snapshots', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  let rig: Rig
  before(async () => {
    rig = await Rig.start()
  })
  after(() => rig?.end())

  const create = (name: string, query = '') =>
    rig.api.call<Snapshot & { code: string }>('POST', `/snapshots/${query}`, { server_id: 1, name })
  const list = async () => (await rig.api.get<{ results: Snapshot[] }>('/snapshots/?server_id=1')).results
  const settled = () => until('every create to end', async () => (await list()).every(s => s.status !== 'in_progress'))

  await t.test('creates that come at once are served in order', async () => {
    const replies = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(name => create(name)))
    assert.deepEqual(
      replies.map(reply => reply.status),
      [201, 201, 201, 201, 201],
    )
    await settled()
    const ids = replies.map(reply => reply.body.id).sort((one, other) => one - other)
    const layers = await rig.api.layers(1)
    const cutIn = layers.flatMap(layer => layer.snapshots.map(snapshot => snapshot.id))
    // Of two snapshots the later one's layer stands on the earlier one's: lowest layer first.
    const depth = (id: number): number => {
      const parent = layers.find(layer => layer.id === id)?.parent_id
      return parent == null ? 0 : 1 + depth(parent)
    }
    const byDepth = layers
      .filter(layer => layer.snapshots.length > 0)
      .sort((one, other) => depth(one.id) - depth(other.id))
      .flatMap(layer => layer.snapshots.map(snapshot => snapshot.id))
    assert.equal(cutIn.length, 5)
    assert.deepEqual(byDepth, ids)
    const cuts = await Promise.all(
      ids.map(async id => (await rig.api.get<{ receipt: { cut_at: string } }>(`/snapshots/${id}/`)).receipt.cut_at),
    )
    assert.deepEqual(cuts, cuts.toSorted())
  })

  await t.test('the sixth is refused, and nothing is left of it', async () => {
    const { status, body } = await create('sixth')
    assert.deepEqual([status, body.code], [400, 'snapshot_limit_reached'])
    assert.equal((await list()).length, 5)
  })

  await t.test('20 at once get exactly the free slots', async () => {
    for (const { id } of (await list()).slice(0, 3)) await rig.api.remove(id)
    const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => create(`race-${index}`)))
    assert.equal(replies.filter(reply => reply.status === 201).length, 3)
    const refused = replies.filter(reply => reply.status !== 201).map(({ status, body }) => `${status} ${body.code}`)
    assert.deepEqual(refused, Array(17).fill('400 snapshot_limit_reached'))
    await settled()
    assert.deepEqual(
      (await list()).map(snapshot => snapshot.status),
      Array(5).fill('completed'),
    )
    await rig.api.collected(1)
    await assertTidy(rig.api, rig.stateDir, 1, true)
  })

  await t.test('a create that fails frees its slot and stays listed as failed', async () => {
    await rig.api.remove((await list())[0]?.id as number)
    await removeAgent(rig.shell)
    const failed = await rig.api.snapshot(1, 'no-agent', '?consistency=filesystem')
    assert.equal(failed.status, 'failed')
    assert.equal(failed.size_mb, null)
    const detail = await rig.api.get<{ status: string; error: { code: string } }>(`/snapshots/${failed.id}/`)
    assert.equal(detail.error.code, 'consistency_unavailable')
    await assertWrites(rig.shell)

    assert.equal((await rig.api.snapshot(1, 'takes-its-slot')).status, 'completed')
    assert.equal((await create('one-too-many')).body.code, 'snapshot_limit_reached')
    const statuses = (await list()).map(snapshot => snapshot.status)
    assert.deepEqual(statuses.toSorted(), [...Array(5).fill('completed'), 'failed'])
    await rig.api.collected(1)
    await assertTidy(rig.api, rig.stateDir, 1, true)
  })

  await t.test('a failed one can be deleted, and cannot be restored', async () => {
    const failed = (await list()).find(snapshot => snapshot.status === 'failed') as Snapshot
    const { status, body } = await rig.api.call<{ code: string }>('POST', `/snapshots/${failed.id}/restore/`)
    assert.deepEqual([status, body.code], [400, 'snapshot_not_restorable'])
    await rig.api.remove(failed.id)
    assert.equal((await list()).length, 5)
  })
})
