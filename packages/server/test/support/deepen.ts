import type { Db } from '../../src/db/database.ts'
import { type LayerId, MAX_CHAIN_DEPTH } from '../../src/domain/layers.ts'
import type { Driver } from '../../src/drivers/driver.ts'
import { readChain, readLayer } from '../../src/layers/store.ts'

/**
 * Puts so many empty layers upon the first disk of a snapshot that no further one may come.
 *
 * @returns the new ones, bottom first.
 */
export async function deepenSnapshot(
  db: Db,
  driver: Pick<Driver, 'createLayer'>,
  snapshotId: number,
): Promise<LayerId[]> {
  const first = await db
    .selectFrom('snapshot_layers')
    .selectAll()
    .where('snapshot_id', '=', snapshotId)
    .orderBy('slot')
    .executeTakeFirstOrThrow()
  const { account_id, server_id, ...sealed } = await db
    .selectFrom('layers')
    .select(['account_id', 'server_id', 'size_bytes', 'format'])
    .where('id', '=', first.layer_id)
    .executeTakeFirstOrThrow()
  const missing = MAX_CHAIN_DEPTH - 1 - (await readChain(db, first.layer_id)).length
  const layer = { account_id, server_id, ...sealed, is_image: 0, state: 'live', created_at: 0 } as const
  const rows = await db.insertInto('layers').values(Array(missing).fill(layer)).returning('id').execute()
  let below = await readLayer(db, first.layer_id)
  for (const { id } of rows) {
    await db.updateTable('layers').set({ parent_id: below.id }).where('id', '=', id).execute()
    const above = { ...below, id }
    await driver.createLayer(above, below)
    below = above
  }
  await db
    .updateTable('snapshot_layers')
    .set({ layer_id: below.id })
    .where('snapshot_id', '=', snapshotId)
    .where('disk_id', '=', first.disk_id)
    .execute()
  return rows.map(({ id }) => id)
}
