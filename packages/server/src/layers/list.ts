/** What people see of a server's layers: the whole tree of what its disks, snapshots and undo points stand on. */
import { atOneInstant, type Db, type Trx } from '../db/database.ts'
import { isNeeded, kindOf, type LayerGraph, type LayerId, type LayerKind, planGarbage } from '../domain/layers.ts'
import type { Driver } from '../drivers/driver.ts'
import { unended } from '../operations/journal.ts'
import { withoutFolders } from '../operations/told.ts'
import { layersRead, type Reader, readersOfLayers } from './readers.ts'
import { type ServerName, serversOnLayers } from './sharing.ts'
import { loadGraph, loadRoots, readLayers } from './store.ts'

export interface LayerView {
  readonly id: number
  readonly parent_id: number | null
  readonly kind: LayerKind
  readonly snapshots: readonly { readonly id: number; readonly name: string }[]
  /** Other servers of the account that stand on it. */
  readonly servers: readonly ServerName[]
  readonly size_bytes: number
  readonly allocated_bytes: number
  /** For garbage: what becomes of it. */
  readonly merge: {
    readonly state: 'waiting' | 'running'
    readonly waits_for: string | null
    readonly progress: number
    readonly operation_id: number | null
  } | null
  /** Host path; for `admin` only. */
  readonly path: string
}

export async function listLayers(
  db: Db,
  driver: Driver,
  { accountId, serverId }: { readonly accountId: number; readonly serverId: number },
): Promise<LayerView[]> {
  // One picture: between two reads a cut or a merge may change the tree.
  const { graph, roots, ids, layers, names, merges, sharing } = await atOneInstant(db, async trx => {
    const graph = await loadGraph(trx)
    const ids = await layersOf(trx, graph, serverId)
    return {
      graph,
      ids,
      roots: await loadRoots(trx),
      layers: await readLayers(trx, [...ids]),
      names: await snapshotNames(trx, serverId),
      merges: await mergesOf(trx),
      sharing: await serversOnLayers(trx, graph, accountId),
    }
  })
  const sizes = await driver.measure([...layers.values()])
  const { waiting } = planGarbage(graph, roots)
  return [...ids].flatMap(id => {
    const node = graph.get(id)
    const layer = layers.get(id)
    if (!node || !layer) return []
    const merge = merges.get(id)
    const isGarbage = !isNeeded(node, roots)
    return {
      id,
      parent_id: node.parentId,
      kind: kindOf(node, roots),
      snapshots: names.get(id) ?? [],
      servers: (sharing.get(id) ?? []).filter(server => server.id !== serverId),
      size_bytes: layer.sizeBytes,
      allocated_bytes: sizes.get(id) ?? 0,
      merge: isGarbage
        ? (merge ?? { state: 'waiting', waits_for: waiting.get(id) ?? null, progress: 0, operation_id: null })
        : null,
      path: driver.pathOf(layer),
    }
  })
}

/** The chains of all its heads, snapshots and undo points, and the garbage that stands on them; bottom first. */
async function layersOf(db: Trx, graph: LayerGraph, serverId: number): Promise<Set<LayerId>> {
  const heads = await db.selectFrom('disks').select('active_layer_id as id').where('server_id', '=', serverId).execute()
  const named = await db
    .selectFrom('snapshot_layers')
    .innerJoin('disks', 'disks.id', 'snapshot_layers.disk_id')
    .select('snapshot_layers.layer_id as id')
    .where('disks.server_id', '=', serverId)
    .execute()
  const undo = await db
    .selectFrom('undo_layers')
    .innerJoin('disks', 'disks.id', 'undo_layers.disk_id')
    .select('undo_layers.layer_id as id')
    .where('disks.server_id', '=', serverId)
    .execute()
  const found = new Set<LayerId>()
  for (const { id } of [...heads, ...named, ...undo]) {
    if (graph.get(id)) for (const node of graph.chain(id)) found.add(node.id)
  }
  return new Set([...found].sort((a, b) => a - b))
}

async function snapshotNames(db: Trx, serverId: number): Promise<Map<LayerId, { id: number; name: string }[]>> {
  const rows = await db
    .selectFrom('snapshot_layers')
    .innerJoin('snapshots', 'snapshots.id', 'snapshot_layers.snapshot_id')
    .select(['snapshot_layers.layer_id', 'snapshots.id', 'snapshots.name'])
    .where('snapshots.server_id', '=', serverId)
    .where('snapshots.deleted_at', 'is', null)
    .execute()
  const names = new Map<LayerId, { id: number; name: string }[]>()
  for (const row of rows) names.set(row.layer_id, [...(names.get(row.layer_id) ?? []), { id: row.id, name: row.name }])
  return names
}

async function mergesOf(db: Trx): Promise<Map<LayerId, LayerView['merge']>> {
  const rows = await db
    .selectFrom('operations')
    .select(['id', 'status', 'waits_for', 'progress', 'input'])
    .where('kind', '=', 'merge')
    .where('status', 'in', unended)
    .execute()
  return new Map(
    rows.map(row => [
      (JSON.parse(row.input) as { garbage: LayerId }).garbage,
      {
        state: row.status === 'running' ? 'running' : 'waiting',
        waits_for: waitsFor(row),
        progress: row.progress,
        operation_id: row.id,
      },
    ]),
  )
}

function waitsFor({
  status,
  waits_for,
}: {
  readonly status: string
  readonly waits_for: string | null
}): string | null {
  if (waits_for !== null) return withoutFolders(waits_for)
  return status === 'queued' ? 'other merges on this host' : null
}

/**
 * Bytes in a snapshot's chains: all of them, those that nothing else reads, and those that something else does: images,
 * too, that servers can be made from.
 */
export async function readBytes(
  db: Db,
  driver: Driver,
  snapshotId: number,
): Promise<{ referenced: number; exclusive: number; shared: number }> {
  const { layers, others } = await atOneInstant(db, async trx => {
    const graph = await loadGraph(trx)
    const own = await trx
      .selectFrom('snapshot_layers')
      .select('layer_id')
      .where('snapshot_id', '=', snapshotId)
      .execute()
    const chains = new Set(own.flatMap(({ layer_id }) => graph.chain(layer_id).map(node => node.id)))
    const isOther = ({ noun, id }: Reader) => noun !== 'operation' && !(noun === 'snapshot' && id === snapshotId)
    const others = layersRead(graph, (await readersOfLayers(trx)).filter(isOther))
    return { layers: await readLayers(trx, [...chains]), others }
  })
  const sizes = await driver.measure([...layers.values()])
  let referenced = 0
  let shared = 0
  for (const [id, bytes] of sizes) {
    referenced += bytes
    if (others.has(id)) shared += bytes
  }
  return { referenced, exclusive: referenced - shared, shared }
}
