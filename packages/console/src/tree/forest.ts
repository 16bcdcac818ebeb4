/**
 * The layers as a forest: a tree for each disk. Whatever comes in, what goes out is one: a parent that is not among
 * them is none, and a circle is cut open where it is met first, lowest id first.
 */
import type { Layer } from '@restpoint/sdk/source'

export type LayerId = Layer['id']

export interface Forest {
  /** What stands on nothing, lowest id first. */
  readonly roots: readonly LayerId[]
  readonly layers: ReadonlyMap<LayerId, Layer>
  readonly parents: ReadonlyMap<LayerId, LayerId | null>
  /** Lowest id first, which is the order in which they were made. Empty for a layer that nothing stands on. */
  readonly children: ReadonlyMap<LayerId, readonly LayerId[]>
}

export function forestOf(given: readonly Layer[]): Forest {
  const layers = new Map<LayerId, Layer>()
  for (const layer of [...given].sort((a, b) => a.id - b.id)) {
    if (!layers.has(layer.id)) layers.set(layer.id, layer)
  }
  const parents = withoutCircles(layers)
  const children = new Map<LayerId, LayerId[]>([...layers.keys()].map(id => [id, []]))
  const roots: LayerId[] = []
  for (const [id, parent] of parents) {
    if (parent === null) roots.push(id)
    else children.get(parent)?.push(id)
  }
  return { roots, layers, parents, children }
}

function withoutCircles(layers: ReadonlyMap<LayerId, Layer>): Map<LayerId, LayerId | null> {
  const parents = new Map<LayerId, LayerId | null>()
  for (const [id, { parent_id: parent }] of layers) {
    parents.set(id, parent !== null && layers.has(parent) ? parent : null)
  }
  const settled = new Set<LayerId>()
  for (const id of layers.keys()) {
    const way = new Set<LayerId>()
    for (let at: LayerId | null = id; at !== null; at = parents.get(at) ?? null) {
      if (way.has(at)) parents.set(at, null)
      if (settled.has(at)) break
      settled.add(at)
      way.add(at)
    }
  }
  return parents
}

/** From the layer itself down to the bottom. */
export function chainOf({ parents }: Forest, top: LayerId): LayerId[] {
  const chain: LayerId[] = []
  for (let at: LayerId | null = top; at !== null; at = parents.get(at) ?? null) chain.push(at)
  return chain
}
