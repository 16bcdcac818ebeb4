/**
 * Where everything of a server's past is drawn. Pure: layers in, places out, in CSS pixels.
 *
 * Time runs along x, from what stands on nothing to the heads. A lane is a row: what was made first on a layer goes on
 * in its lane, each later one – a restore, most often – opens a new lane below all that stands on the earlier ones.
 * Three things follow from that:
 *
 *   nothing overlaps   a lane holds one way up the tree
 *   nothing crosses    between a layer's lane and those that branch off it lies only what begins further on
 *   nothing jumps      a new layer comes at an end or in a lane of its own; what was there keeps its x and its order
 */
import type { Layer } from '@restpoint/sdk/source'
import { branchingOff } from './clones.ts'
import { type Forest, forestOf, type LayerId } from './forest.ts'
import { lengthOf, SHORTEST } from './length.ts'

export const LANE_HEIGHT = 52
export const BAR_HEIGHT = 16
/** Between a bar and what stands on it. */
export const GAP = 24
/** Above the lanes of a disk, where there is more than one. */
export const TITLE_HEIGHT = 28

interface Place {
  /** Unique in the picture, and the same in the next one. */
  readonly key: string
  /** Of what it stands on. */
  readonly parent: string | null
  /** How much it stands on; 1 at the bottom. */
  readonly level: number
  /** Counted through all disks. */
  readonly lane: number
  /** Where it begins and ends in time; mirrored, it begins at the right. */
  readonly start: number
  readonly end: number
  /** The upper edge of its lane. */
  readonly top: number
}

export interface Bar extends Place {
  readonly type: 'layer'
  readonly layer: Layer
  /** What stands on it, in the picture. */
  readonly children: readonly LayerId[]
}

/** Other servers that stand on a layer; their own layers are not in the picture. */
export interface Branch extends Place {
  readonly type: 'branch'
  readonly servers: Layer['servers']
}

export type Item = Bar | Branch

export interface Band {
  /** The bottom of this disk's tree. */
  readonly root: LayerId
  /** The upper edge of its title, if it has one, and of all. */
  readonly top: number
  readonly height: number
}

export interface Picture {
  readonly width: number
  readonly height: number
  readonly isMirrored: boolean
  /** Every layer once; one that stands on another comes after it, lanes from top to bottom. */
  readonly items: readonly Item[]
  /** One for each disk, in the order of the disks. */
  readonly bands: readonly Band[]
}

export interface DrawOptions {
  /** For languages that run from right to left. */
  readonly isMirrored?: boolean
  /** Room at the end, where the head fades. */
  readonly margin?: number
}

export function draw(layers: readonly Layer[], { isMirrored = false, margin = 0 }: DrawOptions = {}): Picture {
  const forest = forestOf(layers)
  const roots = inOrderOfDisks(forest)
  const items: Item[] = []
  const bands: Band[] = []
  const title = roots.length > 1 ? TITLE_HEIGHT : 0
  let lane = 0
  let top = 0
  for (const root of roots) {
    const drawn = drawTree(forest, root, { lane, top: top + title })
    const lanes = drawn.reduce((most, item) => Math.max(most, item.lane - lane + 1), 0)
    const height = title + lanes * LANE_HEIGHT
    items.push(...drawn)
    bands.push({ root, top, height })
    lane += lanes
    top += height
  }
  const width = items.reduce((most, { end }) => Math.max(most, end), 0) + margin
  const picture = { width, height: top, isMirrored, items, bands }
  return isMirrored ? mirrored(picture) : picture
}

/** All disks get new heads at once, in their order; so the ids of the heads tell it, whatever was merged below. */
function inOrderOfDisks({ layers, children, roots }: Forest): LayerId[] {
  const heads = new Map<LayerId, number>()
  for (const root of roots) {
    const waiting = [root]
    let head = Number.POSITIVE_INFINITY
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (layers.get(at)?.kind === 'active') head = Math.min(head, at)
      for (const child of children.get(at) ?? []) waiting.push(child)
    }
    heads.set(root, head)
  }
  const headOf = (root: LayerId) => heads.get(root) ?? Number.POSITIVE_INFINITY
  return [...roots].sort((a, b) => (headOf(a) === headOf(b) ? a - b : headOf(a) - headOf(b)))
}

/** Chains may be deep, so nothing here calls itself. */
function drawTree(forest: Forest, root: LayerId, first: { readonly lane: number; readonly top: number }): Item[] {
  const items: Item[] = []
  const waiting: {
    readonly id: LayerId
    readonly below: Bar | null
    readonly goesOn: boolean
    readonly isBranch: boolean
  }[] = []
  let lanes = 0
  waiting.push({ id: root, below: null, goesOn: false, isBranch: false })
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { id, below, goesOn, isBranch } = next
    const layer = forest.layers.get(id)
    if (!layer) continue
    const lane = goesOn && below ? below.lane : first.lane + lanes++
    const start = below ? below.end + GAP : 0
    const place = {
      key: `${isBranch ? 'branch' : 'layer'}-${id}`,
      parent: below?.key ?? null,
      level: (below?.level ?? 0) + 1,
      lane,
      start,
      top: first.top + (lane - first.lane) * LANE_HEIGHT,
    }
    if (isBranch) {
      items.push({ ...place, type: 'branch', end: start + SHORTEST, servers: branchingOff(forest, id) })
      continue
    }
    const children = forest.children.get(id) ?? []
    const bar: Bar = { ...place, type: 'layer', end: start + lengthOf(layer.allocated_bytes), layer, children }
    items.push(bar)
    // What is taken up last is put down first.
    if (branchingOff(forest, id).length > 0) waiting.push({ id, below: bar, goesOn: false, isBranch: true })
    for (const [index, child] of [...children.entries()].reverse()) {
      waiting.push({ id: child, below: bar, goesOn: index === 0, isBranch: false })
    }
  }
  return items
}

function mirrored(picture: Picture): Picture {
  const { width } = picture
  return {
    ...picture,
    items: picture.items.map(item => ({ ...item, start: width - item.start, end: width - item.end })),
  }
}

/** The left edge and the width, whichever way time runs. */
export function extentOf({ start, end }: Pick<Place, 'start' | 'end'>): { readonly x: number; readonly width: number } {
  return { x: Math.min(start, end), width: Math.abs(end - start) }
}

/** The height of the middle of its bar. */
export function middleOf({ top }: Pick<Place, 'top'>): number {
  return top + LANE_HEIGHT - BAR_HEIGHT / 2 - 12
}

/** Which disk it is on, as its number in `bands`. */
export function diskOf({ top }: Pick<Place, 'top'>, { bands }: Pick<Picture, 'bands'>): number {
  return bands.findLastIndex(band => band.top <= top)
}
