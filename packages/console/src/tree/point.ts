/** What somebody means who selects something in the picture: one thing, though it may have a layer on each disk. */
import type { Item, Picture } from './picture.ts'

export type Point =
  | { readonly type: 'head' }
  | { readonly type: 'undo' }
  | { readonly type: 'snapshot'; readonly id: number }
  | { readonly type: 'image'; readonly layer: number }
  /** One that no name points to: sealed for a moment, or on its way out. */
  | { readonly type: 'layer'; readonly layer: number }
  | { readonly type: 'branch'; readonly key: string }

export function pointOf(item: Item): Point {
  if (item.type === 'branch') return { type: 'branch', key: item.key }
  const { id, kind, snapshots } = item.layer
  if (kind === 'active') return { type: 'head' }
  const [snapshot] = snapshots
  if (snapshot) return { type: 'snapshot', id: snapshot.id }
  if (kind === 'undo') return { type: 'undo' }
  return kind === 'image' ? { type: 'image', layer: id } : { type: 'layer', layer: id }
}

/** Whether selecting the one shows the other as well. */
export function isSamePoint(a: Point, b: Point): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** The first item of the picture that means this; undefined where it has gone. */
export function itemOf({ items }: Picture, point: Point): Item | undefined {
  return items.find(item => isSamePoint(pointOf(item), point))
}
