/** Which of an account's servers stand on a layer. Of other accounts' nothing is said, though an image may bear them too. */
import type { Trx } from '../db/database.ts'
import type { LayerGraph, LayerId } from '../domain/layers.ts'

export interface ServerName {
  readonly id: number
  readonly name: string
}

/** Layer → servers whose disks, snapshots or undo points are read through it, lowest id first. */
export async function serversOnLayers(
  trx: Trx,
  graph: LayerGraph,
  accountId: number,
): Promise<ReadonlyMap<LayerId, readonly ServerName[]>> {
  const servers = await trx
    .selectFrom('servers')
    .select(['id', 'name'])
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
  const tops = new Map<number, Set<LayerId>>(servers.map(({ id }) => [id, new Set()]))
  for (const { server_id, layer_id } of await topsOf(trx, accountId)) tops.get(server_id)?.add(layer_id)

  const found = new Map<LayerId, ServerName[]>()
  for (const server of servers) {
    const read = new Set([...(tops.get(server.id) ?? [])].flatMap(top => chainOf(graph, top)))
    for (const layer of read) found.set(layer, [...(found.get(layer) ?? []), server])
  }
  return found
}

async function topsOf(trx: Trx, accountId: number): Promise<{ server_id: number; layer_id: LayerId }[]> {
  const heads = await trx
    .selectFrom('disks')
    .innerJoin('servers', 'servers.id', 'disks.server_id')
    .select(['disks.server_id', 'disks.active_layer_id as layer_id'])
    .where('servers.account_id', '=', accountId)
    .execute()
  const named = await trx
    .selectFrom('snapshot_layers')
    .innerJoin('snapshots', 'snapshots.id', 'snapshot_layers.snapshot_id')
    .select(['snapshots.server_id', 'snapshot_layers.layer_id'])
    .where('snapshots.account_id', '=', accountId)
    .where('snapshots.deleted_at', 'is', null)
    .execute()
  const undo = await trx
    .selectFrom('undo_layers')
    .innerJoin('undo_points', 'undo_points.id', 'undo_layers.undo_point_id')
    .innerJoin('servers', 'servers.id', 'undo_points.server_id')
    .select(['undo_points.server_id', 'undo_layers.layer_id'])
    .where('servers.account_id', '=', accountId)
    .execute()
  return [...heads, ...named, ...undo]
}

function chainOf(graph: LayerGraph, top: LayerId): LayerId[] {
  return graph.get(top) ? graph.chain(top).map(node => node.id) : []
}
