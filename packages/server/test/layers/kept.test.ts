/** Layers that a rebuild of the database has found and that nobody knows. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Layer } from '../../src/drivers/driver.ts'
import { MIB, openWorld } from '../http/harness.ts'
import { test } from '../support/databases.ts'

test('one stays, with what it stands on, until somebody has removed its file', async t => {
  const { db, memory, service, serverId } = await openWorld(t)
  const { active_layer_id: head } = await db
    .selectFrom('disks')
    .select('active_layer_id')
    .where('server_id', '=', serverId)
    .executeTakeFirstOrThrow()
  const add = async (parent: number, state: 'kept' | 'live'): Promise<Layer> => {
    const { id } = await db
      .insertInto('layers')
      .values({ parent_id: parent, size_bytes: 64 * MIB, format: 'qcow2', is_image: 0, state, created_at: 0 })
      .returning('id')
      .executeTakeFirstOrThrow()
    const layer = { id, sizeBytes: 64 * MIB, format: 'qcow2', isImage: false, file: null } as const
    await memory.driver.createLayer(layer, { ...layer, id: parent })
    return layer
  }
  const lower = await add(head, 'kept')
  const upper = await add(lower.id, 'kept')
  const there = async () => {
    const rows = await db.selectFrom('layers').select('id').where('id', '>', head).orderBy('id').execute()
    return rows.map(({ id }) => id)
  }
  /** After one more look of the collector at least, which takes what is really nobody's. */
  const collected = async () => gone((await add(head, 'live')).id)
  const gone = async (id: number) => {
    for (const deadline = Date.now() + 10_000; (await there()).includes(id); await sleep(5)) {
      assert.ok(Date.now() < deadline, `layer ${id} is not collected`)
      service.collector.wake()
    }
  }
  await collected()
  assert.deepEqual(await there(), [lower.id, upper.id])
  // Something stands on it still.
  await memory.driver.discardLayer(lower)
  await collected()
  assert.deepEqual(await there(), [lower.id, upper.id])
  await memory.driver.discardLayer(upper)
  await gone(upper.id)
  await gone(lower.id)
})
