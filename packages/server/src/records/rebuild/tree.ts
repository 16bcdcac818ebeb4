/** The layers that were found, as a tree: who stands on whom, and where that cannot be said. */
import type { LayerId } from '../../domain/layers.ts'
import type { ImageRecord } from '../schema.ts'

/** A layer's file, as it was found. */
export interface FoundLayer {
  readonly id: LayerId
  readonly format: 'qcow2' | 'raw'
  /** Virtual size. */
  readonly sizeBytes: number
  readonly allocatedBytes: number
  /** When the file was last written, epoch ms. */
  readonly changedAt: number
  /** By its header. `file`: an image that is used in place, by its path. */
  readonly base:
    | { readonly kind: 'none' }
    | { readonly kind: 'layer'; readonly id: LayerId }
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'unreadable'; readonly why: string }
}

export interface TreeNode {
  readonly id: LayerId
  readonly parentId: LayerId | null
  /** Why nothing can be read through it; null where something can. */
  readonly broken: string | null
}

export class FoundTree {
  readonly #nodes = new Map<LayerId, TreeNode>()
  readonly #children: Map<LayerId | null, TreeNode[]>

  /** Linked images whose files are there are part of the tree, though not among the files of the folder. */
  constructor(layers: readonly FoundLayer[], images: readonly ImageRecord[]) {
    const linked = new Map<string, LayerId>()
    for (const { layer } of images) {
      if (!layer?.linked) continue
      linked.set(layer.file, layer.id)
      this.#nodes.set(layer.id, { id: layer.id, parentId: null, broken: null })
    }
    for (const { id, base } of layers) {
      const node = { id, parentId: null, broken: null }
      if (base.kind === 'none') this.#nodes.set(id, node)
      else if (base.kind === 'layer') this.#nodes.set(id, { ...node, parentId: base.id })
      else if (base.kind === 'unreadable') this.#nodes.set(id, { ...node, broken: `cannot be read: ${base.why}` })
      else {
        const parentId = linked.get(base.path) ?? null
        const broken = parentId === null ? `stands on ${base.path}, which is no image of a record` : null
        this.#nodes.set(id, { id, parentId, broken })
      }
    }
    this.#children = Map.groupBy(this.#nodes.values(), node => node.parentId)
  }

  has(id: LayerId): boolean {
    return this.#nodes.has(id)
  }

  parentOf(id: LayerId): LayerId | null {
    return this.#nodes.get(id)?.parentId ?? null
  }

  childrenOf(id: LayerId): LayerId[] {
    return (this.#children.get(id) ?? []).map(node => node.id)
  }

  /** From `top` down to the bottom, or why that cannot be told. */
  chain(top: LayerId): LayerId[] | string {
    const chain: LayerId[] = []
    for (let id: LayerId | null = top; id !== null; ) {
      const node = this.#nodes.get(id)
      if (!node) return `layer ${id} is not there`
      if (node.broken !== null) return `layer ${id} ${node.broken}`
      if (chain.includes(id)) return `layer ${id} stands on itself`
      chain.push(id)
      id = node.parentId
    }
    return chain
  }
}
