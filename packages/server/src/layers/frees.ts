/** What the deletion of something would free: alone, and together with others that read the same layers. */
import type { Trx } from '../db/database.ts'
import type { LayerId } from '../domain/layers.ts'
import type { Driver, Layer } from '../drivers/driver.ts'
import { layersRead, type Reader, readersOfLayers } from './readers.ts'
import { loadGraph, readLayers } from './store.ts'

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

export async function planFrees(trx: Trx, removal: Removal): Promise<FreesPlan> {
  const graph = await loadGraph(trx)
  const readers = await readersOfLayers(trx)
  const isRemoved = ({ noun, id, server }: Reader) =>
    (noun === removal.noun && id === removal.id) || (removal.noun === 'server' && server?.id === removal.id)
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
  // Several that are removed may stand on the same layer: a server's undo point and its snapshot.
  const merged = [...new Set(removed.map(({ top }) => top))].flatMap(top => {
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
