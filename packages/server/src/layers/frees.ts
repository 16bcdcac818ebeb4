/** What the deletion of something would free: alone, and together with others that read the same layers. */
import type { Trx } from '../db/database.ts'
import type { LayerGraph, LayerId } from '../domain/layers.ts'
import type { Driver, Layer } from '../drivers/driver.ts'
import { liveLeases, loadGraph, readLayers } from './store.ts'

/** What is to be deleted. */
export interface Removal {
  readonly noun: 'snapshot' | 'server' | 'image'
  readonly id: number
}

interface Named {
  readonly id: number
  readonly name: string
}

export interface Frees {
  /** In layers that nothing else reads: all of them go. */
  readonly bytes: number
  /** And so many more at most: what the layer above has written over goes when the two are merged. */
  readonly merge_bytes: number
  /** What others of the account read as well: so many bytes when all that are named are deleted, too. Fewest names first. */
  readonly more: readonly {
    readonly bytes: number
    readonly servers: readonly Named[]
    readonly snapshots: readonly Named[]
  }[]
}

/** Which layers that is about. They are measured outside of the transaction, because that takes a while. */
export interface FreesPlan {
  readonly layers: ReadonlyMap<LayerId, Layer>
  readonly gone: readonly LayerId[]
  readonly merged: readonly { readonly garbage: LayerId; readonly child: LayerId }[]
  readonly shared: readonly { readonly layers: readonly LayerId[]; readonly readers: readonly Reader[] }[]
}

/** Something that reads the chain of a layer. */
interface Reader extends Named {
  readonly noun: Removal['noun'] | 'operation'
  /** Null: the host's. */
  readonly accountId: number | null
  /** Whose snapshot it is. */
  readonly serverId: number | null
  readonly top: LayerId
}

export async function planFrees(trx: Trx, removal: Removal): Promise<FreesPlan> {
  const graph = await loadGraph(trx)
  const readers = await readersOf(trx)
  const isRemoved = ({ noun, id, serverId }: Reader) =>
    (noun === removal.noun && id === removal.id) || (removal.noun === 'server' && serverId === removal.id)
  const removed = readers.filter(isRemoved)
  const staying = readers.filter(reader => !isRemoved(reader))
  const read = layersRead(graph, staying)
  const tops = new Set(staying.map(({ top }) => top))
  const touched = layersRead(graph, removed)

  const gone: LayerId[] = []
  const groups = new Map<string, { layers: LayerId[]; readers: readonly Reader[] }>()
  for (const [layer] of touched) {
    const others = read.get(layer)
    if (!others) {
      gone.push(layer)
      continue
    }
    const nameOfGroup = [...others.keys()].sort().join()
    const group = groups.get(nameOfGroup) ?? { layers: [], readers: [...others.values()] }
    group.layers.push(layer)
    groups.set(nameOfGroup, group)
  }
  const merged = removed.flatMap(({ top }) => {
    const above = graph.children(top).filter(child => read.has(child.id))
    const [child] = above
    const isGarbage = read.has(top) && !tops.has(top) && above.length === 1 && !graph.get(top)?.isImage
    return isGarbage && child ? [{ garbage: top, child: child.id }] : []
  })
  const account = removed[0]?.accountId
  const shared = [...groups.values()].filter(group => group.readers.every(reader => isTold(reader, account)))
  const involved = new Set([...touched.keys(), ...merged.map(({ child }) => child)])
  return { layers: await readLayers(trx, [...involved]), gone, merged, shared }
}

export async function measureFrees(driver: Driver, plan: FreesPlan): Promise<Frees> {
  const sizes = await driver.measure([...plan.layers.values()])
  const bytesOf = (layers: readonly LayerId[]) => layers.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0)
  const more = plan.shared.map(({ layers, readers }) => ({
    bytes: bytesOf(layers),
    servers: named(readers, 'server'),
    snapshots: named(readers, 'snapshot'),
  }))
  const count = ({ servers, snapshots }: Frees['more'][number]) => servers.length + snapshots.length
  return {
    bytes: bytesOf(plan.gone),
    merge_bytes: plan.merged.reduce(
      (sum, { garbage, child }) => sum + Math.min(bytesOf([garbage]), bytesOf([child])),
      0,
    ),
    more: more.sort((a, b) => count(a) - count(b)),
  }
}

/** An image stays the host's, and what belongs to somebody else is nobody's business. */
function isTold({ noun, accountId }: Reader, account: number | null | undefined): boolean {
  return (noun === 'server' || noun === 'snapshot') && accountId === account
}

function named(readers: readonly Reader[], noun: Reader['noun']): Named[] {
  return readers.filter(reader => reader.noun === noun).map(({ id, name }) => ({ id, name }))
}

/** Layer → everything that reads it, by a name of its own. */
function layersRead(graph: LayerGraph, readers: readonly Reader[]): Map<LayerId, Map<string, Reader>> {
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

async function readersOf(trx: Trx): Promise<Reader[]> {
  const servers = await trx
    .selectFrom('disks')
    .innerJoin('servers', 'servers.id', 'disks.server_id')
    .select(['servers.id', 'servers.name', 'servers.account_id', 'disks.active_layer_id as top'])
    .execute()
  const undo = await trx
    .selectFrom('undo_layers')
    .innerJoin('undo_points', 'undo_points.id', 'undo_layers.undo_point_id')
    .innerJoin('servers', 'servers.id', 'undo_points.server_id')
    .select(['servers.id', 'servers.name', 'servers.account_id', 'undo_layers.layer_id as top'])
    .execute()
  const snapshots = await trx
    .selectFrom('snapshot_layers')
    .innerJoin('snapshots', 'snapshots.id', 'snapshot_layers.snapshot_id')
    .select(['snapshots.id', 'snapshots.name', 'snapshots.account_id', 'snapshots.server_id', 'layer_id as top'])
    .where('snapshots.deleted_at', 'is', null)
    .execute()
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
  return [
    // A server's undo point goes with it, so both are the server to whoever asks.
    ...[...servers, ...undo].map(({ account_id: accountId, ...row }): Reader => {
      return { noun: 'server', serverId: null, accountId, ...row }
    }),
    ...snapshots.map(({ account_id: accountId, server_id: serverId, ...row }): Reader => {
      return { noun: 'snapshot', serverId, accountId, ...row }
    }),
    ...images.map((row): Reader => ({ noun: 'image', serverId: null, accountId: null, ...row })),
    ...operations.map((row): Reader => ({ noun: 'operation', serverId: null, accountId: null, ...row })),
  ]
}
