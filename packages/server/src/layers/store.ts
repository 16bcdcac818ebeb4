/**
 * The layers as they are stored. The one store that every noun may use: servers, snapshots and undo points are all
 * made of layers, and the tree is one for the whole host.
 */
import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../db/database.ts'
import type { Layers } from '../db/schema.ts'
import { LayerGraph, type LayerId, type Roots } from '../domain/layers.ts'
import type { Layer } from '../drivers/driver.ts'
import { unended, withStepDone } from '../operations/journal.ts'

/** The step of a merge that leases its layers. */
export const MERGE_BEGINS = 'lease'
/** The step after which its pivot may have happened, whether it was recorded or not. */
export const MERGE_MAY_PIVOT = 'flush'

export type LayerRow = Selectable<Layers>

export function toLayer(row: LayerRow): Layer {
  return { id: row.id, sizeBytes: row.size_bytes, format: row.format, isImage: row.is_image === 1, file: row.file }
}

export async function readLayers(db: Db | Trx, ids: readonly LayerId[]): Promise<Map<LayerId, Layer>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('layers').selectAll().where('id', 'in', ids).execute()
  return new Map(rows.map(row => [row.id, toLayer(row)]))
}

export async function readLayer(db: Db | Trx, id: LayerId): Promise<Layer> {
  return toLayer(await db.selectFrom('layers').selectAll().where('id', '=', id).executeTakeFirstOrThrow())
}

/** From `top` down to the bottom. */
export async function readChain(db: Db | Trx, top: LayerId): Promise<Layer[]> {
  const rows = await db
    .withRecursive('chain', chain =>
      chain
        .selectFrom('layers')
        .selectAll()
        .select(sql<number>`0`.as('depth'))
        .where('id', '=', top)
        .unionAll(
          chain
            .selectFrom('layers as below')
            .innerJoin('chain', 'chain.parent_id', 'below.id')
            .selectAll('below')
            .select(sql<number>`chain.depth + 1`.as('depth')),
        ),
    )
    .selectFrom('chain')
    .selectAll()
    .orderBy('depth')
    .execute()
  return rows.map(toLayer)
}

/** A layer that will be made: its id exists before its file does. */
export async function insertPrepared(
  trx: Trx,
  layer: { accountId: number; serverId: number; parentId: LayerId | null; sizeBytes: number; now: number },
): Promise<LayerId> {
  const { id } = await trx
    .insertInto('layers')
    .values({
      account_id: layer.accountId,
      server_id: layer.serverId,
      parent_id: layer.parentId,
      size_bytes: layer.sizeBytes,
      format: 'qcow2',
      file: null,
      is_image: 0,
      state: 'prepared',
      created_at: layer.now,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Takes back `insertPrepared`. A layer that has become part of the tree meanwhile is left alone. */
export async function deletePrepared(trx: Trx, ids: readonly LayerId[]): Promise<void> {
  if (ids.length === 0) return
  await trx.deleteFrom('layer_leases').where('layer_id', 'in', ids).execute()
  await trx.deleteFrom('layers').where('id', 'in', ids).where('state', '=', 'prepared').execute()
}

/** The disk writes to `to` from now on. */
export async function switchHead(trx: Trx, diskId: number, to: LayerId): Promise<void> {
  await trx.updateTable('layers').set({ state: 'live' }).where('id', '=', to).execute()
  await trx.updateTable('disks').set({ active_layer_id: to }).where('id', '=', diskId).execute()
}

export async function loadGraph(db: Db | Trx): Promise<LayerGraph> {
  const rows = await db.selectFrom('layers').select(['id', 'parent_id', 'is_image', 'state']).execute()
  return new LayerGraph(
    rows.map(row => ({ id: row.id, parentId: row.parent_id, isImage: row.is_image === 1, state: row.state })),
  )
}

/** Who needs which layer, host-wide. */
export async function loadRoots(db: Db | Trx): Promise<Roots> {
  const images = await db
    .selectFrom('images')
    .select('layer_id as id')
    .where('deleted_at', 'is', null)
    .where('layer_id', 'is not', null)
    .$castTo<{ id: number }>()
    .execute()
  const active = await db.selectFrom('disks').select('active_layer_id as id').execute()
  const snapshots = await db
    .selectFrom('snapshot_layers')
    .innerJoin('snapshots', 'snapshots.id', 'snapshot_layers.snapshot_id')
    .select('snapshot_layers.layer_id as id')
    .where('snapshots.deleted_at', 'is', null)
    .where('snapshots.status', '!=', 'failed')
    .execute()
  const undo = await db.selectFrom('undo_layers').select('layer_id as id').execute()
  const leased = await liveLeases(db).select('layer_leases.layer_id as id').where('mode', '=', 'use').execute()
  const set = (rows: { id: number }[]) => new Set(rows.map(row => row.id))
  return { images: set(images), active: set(active), snapshots: set(snapshots), undo: set(undo), leased: set(leased) }
}

/** Leases whose operation has not ended: the others are history. */
export function liveLeases(db: Db | Trx) {
  return db
    .selectFrom('layer_leases')
    .innerJoin('operations', 'operations.id', 'layer_leases.operation_id')
    .where('operations.status', 'in', unended)
}

/**
 * The operation needs these layers, and needs them as they are: garbage collection leaves them, and a merge that has
 * not been recorded yet will not be.
 */
export async function leaseForUse(trx: Trx, operationId: number, layers: readonly LayerId[]): Promise<void> {
  for (const layer of new Set(layers)) {
    await trx
      .insertInto('layer_leases')
      .values({ layer_id: layer, operation_id: operationId, mode: 'use' })
      .onConflict(conflict => conflict.columns(['layer_id', 'operation_id']).doNothing())
      .execute()
  }
}

/** A merge writes to both; at most one merge holds a layer. What others no longer hold counts no more. */
export async function leaseForMerge(trx: Trx, operationId: number, layers: readonly LayerId[]): Promise<void> {
  const alive = trx.selectFrom('operations').select('id').where('status', 'in', unended)
  await trx
    .deleteFrom('layer_leases')
    .where('layer_id', 'in', layers)
    .where(eb =>
      eb.or([
        eb('operation_id', '=', operationId),
        eb('operation_id', 'not in', alive),
        eb.and([eb('mode', '=', 'merge'), eb('operation_id', 'not in', holdingMerges(trx))]),
      ]),
    )
    .execute()
  for (const layer of layers) {
    await trx.insertInto('layer_leases').values({ layer_id: layer, operation_id: operationId, mode: 'merge' }).execute()
  }
}

/**
 * Merges whose leases are theirs now. One that waits will begin from its start, so it holds nothing before it has leased
 * its layers again, unless it has come to its pivot once: then the child may stand on the base already, in its header, and
 * whoever merged the base away before that is recorded would take from under it what it stands on.
 */
function holdingMerges(trx: Trx) {
  return trx
    .selectFrom('operations')
    .select('id')
    .where('kind', '=', 'merge')
    .where('status', 'in', unended)
    .where(eb =>
      eb.or([
        eb.and([eb('status', '=', 'running'), eb('step', 'is not', null), eb('step', '!=', MERGE_BEGINS)]),
        eb.exists(withStepDone(trx, MERGE_MAY_PIVOT).where('operation_id', '=', sql.ref<number>('operations.id'))),
      ]),
    )
}

/** The layers' other holders: operation ids. A merge goes on only when there is none. */
export async function otherHolders(trx: Trx, operationId: number, layers: readonly LayerId[]): Promise<number[]> {
  const rows = await liveLeases(trx)
    .select('layer_leases.operation_id as id')
    .where('layer_leases.layer_id', 'in', layers)
    .where('layer_leases.operation_id', '!=', operationId)
    .where(eb => eb.or([eb('layer_leases.mode', '=', 'use'), eb('operations.id', 'in', holdingMerges(trx))]))
    .execute()
  return rows.map(row => row.id)
}

/**
 * Operations that have leased one of the layers for use since the merge took them, ended or not: `leaseForMerge` removed
 * what was left of earlier ones. One that has ended may have made a machine open the chain as it was then.
 */
export async function usersSince(trx: Trx, operationId: number, layers: readonly LayerId[]): Promise<number[]> {
  const rows = await trx
    .selectFrom('layer_leases')
    .select('operation_id as id')
    .where('layer_id', 'in', layers)
    .where('operation_id', '!=', operationId)
    .where('mode', '=', 'use')
    .execute()
  return rows.map(row => row.id)
}

/** Garbage whose merge is under way: it may be in a chain still, or not any more. */
export async function mergingAway(db: Db | Trx): Promise<Set<LayerId>> {
  const rows = await db
    .selectFrom('operations')
    .select('input')
    .where('kind', '=', 'merge')
    .where('status', 'in', unended)
    .execute()
  return new Set(rows.map(row => (JSON.parse(row.input) as { garbage: LayerId }).garbage))
}
