/** What must be true of every host at rest, whatever has happened to it. Each sentence is what is told when it is not. */
import assert from 'node:assert/strict'
import type { Db } from '../../../packages/server/src/db/database.ts'
import { LayerGraph, planGarbage } from '../../../packages/server/src/domain/layers.ts'
import type { Driver } from '../../../packages/server/src/drivers/driver.ts'
import { readDisks } from '../../../packages/server/src/layers/machine.ts'
import { liveLeases, loadGraph, loadRoots } from '../../../packages/server/src/layers/store.ts'
import { verifyChains } from '../../../packages/server/src/layers/verify.ts'
import { unended } from '../../../packages/server/src/operations/journal.ts'
import type { Hands } from './world.ts'

/** What the database and the driver tell; what lies on the host is the world's own to look at. */
export async function verifyAtRest({ db, driver }: Hands): Promise<void> {
  await verifyOperations(db)
  await verifyLayers(db)
  await verifySnapshots(db)
  await verifyImages(db)
  await verifyServers(db, driver)
}

async function verifyOperations(db: Db): Promise<void> {
  const left = await db
    .selectFrom('operations')
    .select(['id', 'kind', 'waits_for'])
    .where('status', 'in', unended)
    .execute()
  assert.deepEqual(left, [], 'operations that have not ended')
  const held = await db.selectFrom('operations').select('id').where('lease_owner', 'is not', null).execute()
  assert.deepEqual(held, [], 'operations that have ended and belong to somebody')
  const endings = await db
    .selectFrom('operations')
    .leftJoin('operation_events', join =>
      join.onRef('operation_events.operation_id', '=', 'operations.id').on('event', '=', 'ended'),
    )
    .select(eb => ['operations.id', eb.fn.count('operation_events.id').as('count')])
    .groupBy('operations.id')
    .execute()
  assert.deepEqual(
    endings.filter(({ count }) => Number(count) !== 1),
    [],
    'operations that have not ended exactly once',
  )
  assert.deepEqual(await liveLeases(db).selectAll().execute(), [], 'leases of operations that have not ended')
}

async function verifyLayers(db: Db): Promise<void> {
  const rows = await db.selectFrom('layers').select(['id', 'state']).orderBy('id').execute()
  assert.deepEqual(
    rows.filter(row => row.state !== 'live'),
    [],
    'layers that are neither in the tree nor gone',
  )
  const graph = new LayerGraph((await loadGraph(db)).all())
  // Throws if the tree is broken.
  for (const { id } of rows) graph.chain(id)
  const { unlink, merge } = planGarbage(graph, await loadRoots(db))
  assert.deepEqual({ unlink, merge }, { unlink: [], merge: [] }, 'garbage that nobody collects')
}

async function verifySnapshots(db: Db): Promise<void> {
  const snapshots = await db.selectFrom('snapshots').selectAll().execute()
  const layers = await db.selectFrom('snapshot_layers').selectAll().execute()
  for (const { id, status, size_mb, receipt, server_id, deleted_at } of snapshots) {
    const held = layers.filter(layer => layer.snapshot_id === id).length
    assert.notEqual(status, 'in_progress', `snapshot ${id} is in progress for ever`)
    if (status === 'completed' && deleted_at === null) {
      assert.ok(size_mb !== null && receipt !== null, `snapshot ${id} is completed without size or receipt`)
      const disks = await readDisks(db, server_id)
      assert.equal(held, disks.length, `disks that snapshot ${id} holds`)
    } else assert.equal(held, 0, `disks that snapshot ${id} holds, which is ${status}`)
  }
}

async function verifyImages(db: Db): Promise<void> {
  const images = await db.selectFrom('images').select(['id', 'status', 'layer_id', 'deleted_at']).execute()
  for (const { id, status, layer_id, deleted_at } of images) {
    if (deleted_at !== null) continue
    assert.equal(layer_id !== null, status === 'available', `image ${id} is ${status}, its layer is ${layer_id}`)
    assert.notEqual(status, 'importing', `image ${id} is imported for ever`)
  }
}

const stateOf: Readonly<Record<string, string>> = { active: 'running', suspended: 'paused', stopped: 'absent' }

async function verifyServers(db: Db, driver: Driver): Promise<void> {
  const servers = await db.selectFrom('servers').select(['id', 'status', 'deleted_at']).execute()
  for (const { id, status, deleted_at } of servers) {
    const { state } = await driver.inspect(id)
    const isGone = deleted_at !== null || status === 'failed'
    assert.equal(state, isGone ? 'absent' : stateOf[status], `the machine of server ${id}, which is ${status}`)
    if (!isGone) {
      await verifyChains(db, driver, id)
      continue
    }
    for (const table of ['disks', 'forwarded_ports', 'undo_points', 'layers'] as const) {
      const rows = await db.selectFrom(table).select('server_id').where('server_id', '=', id).execute()
      assert.deepEqual(rows, [], `${table} of server ${id}, which is gone`)
    }
  }
  const disks = await db.selectFrom('disks').select('id').execute()
  for (const { operation_id } of await db.selectFrom('undo_points').select('operation_id').execute()) {
    const from = await db.selectFrom('operations').select('status').where('id', '=', operation_id).executeTakeFirst()
    assert.equal(from?.status, 'completed', 'an undo point of what was not done')
  }
  for (const { disk_id } of await db.selectFrom('undo_layers').select('disk_id').execute()) {
    assert.ok(
      disks.some(({ id }) => id === disk_id),
      `an undo point of disk ${disk_id}, which is gone`,
    )
  }
}
