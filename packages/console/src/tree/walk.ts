/** Through the picture by keys, as one sees it: along a lane in time, and from lane to lane. */
import { extentOf, type Item, type Picture } from './picture.ts'

export type Move = 'later' | 'earlier' | 'above' | 'below' | 'first' | 'last'

/** Time runs the way the language does. Undefined for a key that moves nothing. */
export function moveOf(key: string, isMirrored: boolean): Move | undefined {
  const keys: Readonly<Record<string, Move>> = {
    ArrowRight: isMirrored ? 'earlier' : 'later',
    ArrowLeft: isMirrored ? 'later' : 'earlier',
    ArrowUp: 'above',
    ArrowDown: 'below',
    Home: 'first',
    End: 'last',
  }
  return Object.hasOwn(keys, key) ? keys[key] : undefined
}

/** Where the move leads; the same item where it leads nowhere. */
export function walk({ items }: Picture, from: Item, move: Move): Item {
  return ways[move](items, from) ?? from
}

const ways: Record<Move, (items: readonly Item[], from: Item) => Item | undefined> = {
  later: (items, from) => items.find(({ parent }) => parent === from.key),
  earlier: (items, from) => items.find(({ key }) => key === from.parent),
  above: (items, from) => nearest(items, from, from.lane - 1),
  below: (items, from) => nearest(items, from, from.lane + 1),
  first: items => items[0],
  last: items => headOf(items),
}

/** What is written to now; the first disk's. */
export function headOf(items: readonly Item[]): Item | undefined {
  return items.find(item => item.type === 'layer' && item.layer.kind === 'active') ?? items[0]
}

function nearest(items: readonly Item[], from: Item, lane: number): Item | undefined {
  return items
    .filter(item => item.lane === lane)
    .sort((a, b) => distance(a, from) - distance(b, from))
    .at(0)
}

/** Between their middles. */
function distance(a: Item, b: Item): number {
  const [left, right] = [extentOf(a), extentOf(b)]
  return Math.abs(left.x + left.width / 2 - right.x - right.width / 2)
}
