/**
 * The tree of layers, host-wide, and its rules. Pure: what is stored and what QEMU has open is handed in.
 *
 * A disk's content is what one reads through a chain of layers, from its top down to the bottom. Only an active layer
 * is written to by a guest. A layer stays as long as somebody needs it, or something that stands on it does.
 */
export type LayerId = number

export interface LayerNode {
  readonly id: LayerId
  readonly parentId: LayerId | null
  /** An image's layer is shared by every disk made from it: never merged, and nothing is merged into it. */
  readonly isImage: boolean
  /**
   * `prepared`: made for a cut that has not happened. `live`: part of the tree. `kept`: found by a rebuild of the
   * database, and nobody knows whose it is. `trash`: out of the tree, its file on its way out.
   */
  readonly state: 'prepared' | 'live' | 'kept' | 'trash'
}

/** Who needs the content of a layer, told apart because the layer listing shows it. */
export interface Roots {
  /** Of images that servers can be made from. A deleted one's stays while something stands on it. */
  readonly images: ReadonlySet<LayerId>
  /** Active layers: disk → layer. */
  readonly active: ReadonlySet<LayerId>
  readonly snapshots: ReadonlySet<LayerId>
  readonly undo: ReadonlySet<LayerId>
  /** Layers that a running operation has leased for use. */
  readonly leased: ReadonlySet<LayerId>
}

/** How deep a chain may become, image included. QEMU opens every layer of it. */
export const MAX_CHAIN_DEPTH = 64

export class LayerGraph {
  readonly #nodes: ReadonlyMap<LayerId, LayerNode>
  readonly #children = new Map<LayerId, LayerNode[]>()

  constructor(nodes: Iterable<LayerNode>) {
    this.#nodes = new Map([...nodes].filter(node => node.state !== 'trash').map(node => [node.id, node]))
    for (const node of this.#nodes.values()) {
      if (node.parentId === null) continue
      const siblings = this.#children.get(node.parentId)
      if (siblings) siblings.push(node)
      else this.#children.set(node.parentId, [node])
    }
  }

  get(id: LayerId): LayerNode | undefined {
    return this.#nodes.get(id)
  }

  all(): Iterable<LayerNode> {
    return this.#nodes.values()
  }

  children(id: LayerId): readonly LayerNode[] {
    return this.#children.get(id) ?? []
  }

  /** From `top` down to the bottom. Throws if the tree is broken: a missing parent or a cycle. */
  chain(top: LayerId): LayerNode[] {
    const chain: LayerNode[] = []
    const seen = new Set<LayerId>()
    for (let id: LayerId | null = top; id !== null; ) {
      const node = this.#nodes.get(id)
      if (!node) throw new Error(`layer ${id} is missing below layer ${top}`)
      if (seen.has(id)) throw new Error(`layer ${id} stands on itself`)
      seen.add(id)
      chain.push(node)
      id = node.parentId
    }
    return chain
  }
}

/** Is the content of this very layer (not only of what stands on it) needed? */
export function isNeeded(node: LayerNode, roots: Roots): boolean {
  return (
    node.state === 'prepared' ||
    node.state === 'kept' ||
    roots.images.has(node.id) ||
    roots.active.has(node.id) ||
    roots.snapshots.has(node.id) ||
    roots.undo.has(node.id) ||
    roots.leased.has(node.id)
  )
}

export type LayerKind = 'image' | 'sealed' | 'active' | 'undo' | 'garbage'

export function kindOf(node: LayerNode, roots: Roots): LayerKind {
  if (node.isImage) return 'image'
  if (roots.active.has(node.id) || node.state === 'prepared') return 'active'
  if (roots.snapshots.has(node.id)) return 'sealed'
  if (roots.undo.has(node.id)) return 'undo'
  return isNeeded(node, roots) ? 'sealed' : 'garbage'
}

export interface Merge {
  /** The layer that nobody needs: its bytes go into `child`, then it goes. */
  readonly garbage: LayerId
  readonly child: LayerId
  /** What `child` stands on afterwards; null when the garbage layer was the bottom. */
  readonly base: LayerId | null
}

export interface GarbagePlan {
  /** Nothing stands on these: they can go at once. */
  readonly unlink: readonly LayerId[]
  /** Exactly one layer stands on these. */
  readonly merge: readonly Merge[]
  /** Garbage that must wait, and for what. */
  readonly waiting: ReadonlyMap<LayerId, string>
}

/**
 * What garbage collection can do now. In a run of garbage layers only the topmost is merged (into the needed layer
 * above it); the next becomes the topmost when that is done, so every byte is copied at most once. Where the topmost has
 * to wait because several layers stand on it, what lies below is merged into it meanwhile.
 */
export function planGarbage(graph: LayerGraph, roots: Roots): GarbagePlan {
  const unlink: LayerId[] = []
  const merge: Merge[] = []
  const waiting = new Map<LayerId, string>()
  for (const node of graph.all()) {
    if (isNeeded(node, roots)) continue
    const children = graph.children(node.id)
    const [child] = children
    if (!child) unlink.push(node.id)
    else if (node.isImage) waiting.set(node.id, 'an image is never merged: it goes with the last that stands on it')
    else if (children.length > 1) waiting.set(node.id, `${children.length} layers stand on it`)
    else if (child.isImage) waiting.set(node.id, `layer ${child.id} above it is an image's`)
    else if (canGo(child)) waiting.set(node.id, `layer ${child.id} above it goes first`)
    else if (child.state === 'prepared') waiting.set(node.id, `layer ${child.id} above it is not cut yet`)
    else merge.push({ garbage: node.id, child: child.id, base: node.parentId })
  }
  return { unlink, merge, waiting }

  function canGo(node: LayerNode): boolean {
    return !isNeeded(node, roots) && graph.children(node.id).length <= 1
  }
}

/**
 * Do two views of one chain agree? `mergingAway` names layers whose merge is finished in QEMU but perhaps not yet
 * recorded (or recorded and not yet pivoted): they may be missing from `actual`.
 */
export function chainsAgree(
  expected: readonly LayerId[],
  actual: readonly LayerId[],
  mergingAway: ReadonlySet<LayerId>,
): boolean {
  const left = expected.filter(id => !mergingAway.has(id))
  const right = actual.filter(id => !mergingAway.has(id))
  return left.length === right.length && left.every((id, index) => id === right[index])
}
