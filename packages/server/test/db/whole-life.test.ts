import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as first from '../../src/db/migrations/0001_first.ts'
import * as wholeLife from '../../src/db/migrations/0002_whole_life.ts'
import { openSqlite } from '../../src/db/sqlite/open.ts'

test('what the first release has written is still there after the second migration', async t => {
  const db = openSqlite(':memory:')
  t.after(() => db.destroy())
  await first.up(db as never)
  await db
    .insertInto('accounts')
    .values({ email: 'a@localhost', first_name: '', last_name: '', company_name: '', created_at: 1 })
    .execute()
  const layer = { size_bytes: 1, format: 'qcow2', state: 'live', created_at: 1 } as const
  await db
    .insertInto('layers')
    .values([
      { ...layer, id: 1, is_image: 1 },
      { ...layer, id: 2, is_image: 0, account_id: 1, parent_id: 1 },
    ])
    .execute()
  await db.insertInto('images').values({ name: 'tiny', os_name: 'Tiny', layer_id: 1, created_at: 1 }).execute()
  await db
    .insertInto('servers')
    .values({
      account_id: 1,
      uuid: 'u',
      name: 'web',
      hostname: 'web',
      location: 'local',
      status: 'active',
      image_id: 1,
      plan_name: 'tiny',
      vcpus: 1,
      memory_mb: 256,
      storage_gb: 1,
      created_at: 1,
      updated_at: 1,
    })
    .execute()
  await db.insertInto('disks').values({ server_id: 1, slot: 0, active_layer_id: 2 }).execute()

  await db.transaction().execute(trx => wholeLife.up(trx as never))
  const image = await db.selectFrom('images').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual([image.layer_id, image.status, image.deleted_at], [1, 'available', null])
  const layers = await db.selectFrom('layers').select(['id', 'server_id']).orderBy('id').execute()
  assert.deepEqual(layers, [
    { id: 1, server_id: null },
    { id: 2, server_id: 1 },
  ])
  const server = await db.selectFrom('servers').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual([server.firmware, server.network, server.autostart, server.deleted_at], ['bios', 'none', 1, null])
  await assert.rejects(db.updateTable('images').set({ layer_id: 9 }).execute(), /FOREIGN KEY/)
})
