/** What becomes of a layer that nobody needs, and what it waits for: told by the tree, not by what a sentence says. */
import type { Bar, Picture } from './picture.ts'

export type Fate =
  | { readonly is: 'merging'; readonly progress: number }
  /** It goes when the last that stands on it has gone. */
  | { readonly is: 'image' }
  | { readonly is: 'several' }
  /** The layer above it is garbage as well, and goes first. */
  | { readonly is: 'above'; readonly layer: number }
  /** Whatever else the service says. */
  | { readonly is: 'told'; readonly text: string }
  | { readonly is: 'soon' }

/** Null for a layer that is needed. */
export function fateOf(bar: Bar, { items }: Picture): Fate | null {
  const { layer, key } = bar
  if (layer.merge === null) return null
  if (layer.merge.state === 'running') return { is: 'merging', progress: inBounds(layer.merge.progress) }
  if (layer.kind === 'image') return { is: 'image' }
  const above = items.filter(({ parent }) => parent === key)
  if (above.length > 1) return { is: 'several' }
  const [only] = above
  if (only?.type === 'layer' && only.layer.merge !== null) return { is: 'above', layer: only.layer.id }
  return layer.merge.waits_for === null ? { is: 'soon' } : { is: 'told', text: layer.merge.waits_for }
}

function inBounds(progress: number): number {
  return Math.min(1, Math.max(0, Number.isFinite(progress) ? progress : 0))
}
