/** What the picture will be: for whoever is about to go back. */
import type { Layer } from '@restpoint/sdk/source'
import { chainOf, forestOf, type LayerId } from './forest.ts'

/** Layers of a snapshot, or those that an undo goes back to: one for each disk. */
export function layersOf(layers: readonly Layer[], target: { readonly snapshot: number } | 'undo'): LayerId[] {
  const isMeant = ({ kind, snapshots }: Layer) =>
    target === 'undo' ? kind === 'undo' : snapshots.some(({ id }) => id === target.snapshot)
  return layers.filter(isMeant).map(({ id }) => id)
}

/**
 * After a restore to these layers: an empty head on each, the old heads are the undo point, and the older undo point
 * has gone, unless it is what is gone back to.
 */
export function afterGoingBack(layers: readonly Layer[], targets: readonly LayerId[]): Layer[] {
  const isBeneath = new Set(layers.map(({ parent_id }) => parent_id))
  const staying = layers.filter(({ id, kind }) => kind !== 'undo' || targets.includes(id) || isBeneath.has(id))
  const highest = layers.reduce((most, { id }) => Math.max(most, id), 0)
  return [
    ...staying.map(layer => ({ ...layer, kind: kindAfter(layer) })),
    ...targets.map((parent_id, index) => ({ ...head, id: highest + 1 + index, parent_id })),
  ]
}

const head = {
  kind: 'active',
  snapshots: [],
  servers: [],
  size_bytes: 0,
  allocated_bytes: 0,
  merge: null,
} as const satisfies Omit<Layer, 'id' | 'parent_id'>

function kindAfter({ kind }: Layer): Layer['kind'] {
  if (kind === 'active') return 'undo'
  return kind === 'undo' ? 'sealed' : kind
}

/** So many can be taken in at a glance. */
const FEW = 8

/**
 * The disk that the layer is on, alone and without other servers. Where that is too much to be taken in at a glance, of
 * it: its bottom, the layer itself, where the head's way parts from its way, the head, and the undo point.
 */
export function abridged(layers: readonly Layer[], target: LayerId): Layer[] {
  const forest = forestOf(layers)
  const way = chainOf(forest, target)
  const bottom = way.at(-1)
  const disk = layers
    .filter(({ id }) => chainOf(forest, id).at(-1) === bottom)
    .map(layer => ({ ...layer, servers: [] }))
  if (disk.length <= FEW) return disk
  const ends = disk.filter(({ kind }) => kind === 'active' || kind === 'undo')
  const kept = new Set<LayerId | undefined>([bottom, target, ...ends.map(({ id }) => id)])
  for (const { id } of ends) kept.add(chainOf(forest, id).find(layer => way.includes(layer)))
  return disk
    .filter(({ id }) => kept.has(id))
    .map(layer => ({
      ...layer,
      parent_id: chainOf(forest, layer.id).find(id => id !== layer.id && kept.has(id)) ?? null,
    }))
}
