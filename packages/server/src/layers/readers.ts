/** Everything that reads a chain of layers: whoever asks what a layer is there for asks here. */
import type { Trx } from '../db/database.ts'
import type { LayerGraph, LayerId } from '../domain/layers.ts'
import { liveLeases } from './store.ts'

export interface Reader {
  readonly noun: 'server' | 'snapshot' | 'image' | 'operation'
  readonly id: number
  readonly name: string
  /** Null: the host's. */
  readonly accountId: number | null
  /** Which server it is, or whose snapshot; null: none's. */
  readonly server: { readonly id: number; readonly name: string } | null
  /** The chain is read from here down. */
  readonly top: LayerId
}

/**
 * Disks, undo points and snapshots. A server's undo point goes with it, so both are the server to whoever asks. One that
 * is being deleted reads nothing any more: its layers go whatever else happens.
 */
export async function readersOfServers(trx: Trx): Promise<Reader[]> {
  const disks = await trx
    .selectFrom('disks')
    .innerJoin('servers', 'servers.id', 'disks.server_id')
    .select(['servers.id', 'servers.name', 'servers.account_id', 'disks.active_layer_id as top'])
    .where('servers.deleted_at', 'is', null)
    .execute()
  const undo = await trx
    .selectFrom('undo_layers')
    .innerJoin('undo_points', 'undo_points.id', 'undo_layers.undo_point_id')
    .innerJoin('servers', 'servers.id', 'undo_points.server_id')
    .select(['servers.id', 'servers.name', 'servers.account_id', 'undo_layers.layer_id as top'])
    .where('servers.deleted_at', 'is', null)
    .execute()
  const snapshots = await trx
    .selectFrom('snapshot_layers')
    .innerJoin('snapshots', 'snapshots.id', 'snapshot_layers.snapshot_id')
    .innerJoin('servers', 'servers.id', 'snapshots.server_id')
    .select(['snapshots.id', 'snapshots.name', 'snapshots.account_id', 'snapshot_layers.layer_id as top'])
    .select(['snapshots.server_id', 'servers.name as server_name'])
    .where('snapshots.deleted_at', 'is', null)
    .where('snapshots.status', '!=', 'failed')
    .execute()
  return [
    ...[...disks, ...undo].map(({ id, name, account_id: accountId, top }): Reader => {
      return { noun: 'server', id, name, accountId, server: { id, name }, top }
    }),
    ...snapshots.map(({ id, name, account_id: accountId, server_id, server_name, top }): Reader => {
      return { noun: 'snapshot', id, name, accountId, server: { id: server_id, name: server_name }, top }
    }),
  ]
}

/** Those, and what belongs to the host: images that servers can be made from, and operations at work. */
export async function readersOfLayers(trx: Trx): Promise<Reader[]> {
  const images = await trx
    .selectFrom('images')
    .select(['id', 'name', 'layer_id as top'])
    .where('deleted_at', 'is', null)
    .where('layer_id', 'is not', null)
    .$castTo<{ id: number; name: string; top: number }>()
    .execute()
  const operations = await liveLeases(trx)
    .select(['operations.id', 'operations.kind as name', 'layer_leases.layer_id as top'])
    .where('mode', '=', 'use')
    .execute()
  const host = { accountId: null, server: null }
  return [
    ...(await readersOfServers(trx)),
    ...images.map((row): Reader => ({ noun: 'image', ...host, ...row })),
    ...operations.map((row): Reader => ({ noun: 'operation', ...host, ...row })),
  ]
}

/** Layer → everything that reads it, each once. */
export function layersRead(
  graph: LayerGraph,
  readers: readonly Reader[],
): ReadonlyMap<LayerId, ReadonlyMap<string, Reader>> {
  const found = new Map<LayerId, Map<string, Reader>>()
  for (const reader of readers) {
    if (!graph.get(reader.top)) continue
    for (const { id } of graph.chain(reader.top)) {
      const of = found.get(id) ?? new Map<string, Reader>()
      found.set(id, of.set(`${reader.noun} ${reader.id}`, reader))
    }
  }
  return found
}
