/** What is in the picture, in words: a short label at its place, and a sentence for whoever hovers, focuses or listens. */
import { isolated } from '../format/isolate.ts'
import { number, percent, size } from '../format/numbers.ts'
import { relative } from '../format/times.ts'
import { language } from '../language/language.ts'
import { m } from '../paraglide/messages.js'
import type { Bar, Item, Picture } from './picture.ts'
import { fateOf } from './waits.ts'

/** What the layers themselves do not say. */
export interface Facts {
  /** What the image is called. */
  readonly imageName: string
  /** Snapshot → when it was asked for. */
  readonly times: ReadonlyMap<number, string>
  /** Until when the last restore can be undone. */
  readonly undoUntil: string | null
  /** Epoch ms. */
  readonly now: number
}

export function labelOf(item: Item, picture: Picture, { imageName }: Facts): string {
  if (item.type === 'branch') return branchInWords(item.servers)
  const { kind, snapshots, id } = item.layer
  const names = snapshots.map(({ name }) => name).join(', ')
  if (names !== '') return names
  if (kind === 'active') return m.tree_now()
  if (kind === 'undo') return m.tree_undo()
  const fate = fateOf(item, picture)
  if (fate?.is === 'merging') return m.tree_merging({ progress: percent(language(), fate.progress) })
  if (kind === 'image') return imageName
  return fate ? m.tree_waits() : m.tree_layer({ id: String(id) })
}

function branchInWords(servers: readonly { readonly name: string }[]): string {
  const [first] = servers
  return servers.length === 1 && first
    ? first.name
    : m.tree_servers({ count: servers.length, n: number(language(), servers.length) })
}

/** Parts of a sentence; the first one is the label. */
export function tellOf(item: Item, picture: Picture, facts: Facts): string[] {
  const label = labelOf(item, picture, facts)
  if (item.type === 'branch')
    return [label, m.tree_is_branch(), ...(item.servers.length > 1 ? item.servers.map(({ name }) => name) : [])]
  return [label, ...told(item, picture, facts)].filter(part => part !== '')
}

function told(bar: Bar, picture: Picture, { times, undoUntil, now }: Facts): string[] {
  const { layer } = bar
  const time = layer.snapshots.map(({ id }) => times.get(id)).find(time => time !== undefined)
  const fate = fateOf(bar, picture)
  return [
    kindOf(bar)(),
    time === undefined ? '' : relative(language(), time, now),
    m.tree_own_bytes({ size: isolated(size(language(), layer.allocated_bytes)) }),
    layer.kind === 'undo' && undoUntil !== null ? m.undo_ends({ when: relative(language(), undoUntil, now) }) : '',
    fate ? fateInWords(bar, picture) : '',
  ]
}

const kinds: Readonly<Record<string, () => string>> = {
  image: m.tree_is_image,
  active: m.tree_is_head,
  undo: m.tree_is_undo,
  snapshot: m.tree_is_snapshot,
  sealed: m.tree_is_sealed,
  garbage: m.tree_is_garbage,
}

/** A message, because it is read in whatever language is shown. */
export function kindOf({ layer }: Pick<Bar, 'layer'>): () => string {
  const isNamed = layer.snapshots.length > 0 && layer.kind !== 'active'
  return kinds[isNamed ? 'snapshot' : layer.kind] ?? m.tree_is_sealed
}

/** What becomes of a layer that nobody needs; empty for one that somebody does. */
export function fateInWords(bar: Bar, picture: Picture): string {
  const fate = fateOf(bar, picture)
  switch (fate?.is) {
    case undefined:
      return ''
    case 'merging':
      return m.tree_fate_merging({ progress: percent(language(), fate.progress) })
    case 'image':
      return m.tree_fate_image()
    case 'several':
      return m.tree_fate_several()
    case 'above':
      return m.tree_fate_above({ id: String(fate.layer) })
    case 'told':
      return m.tree_fate_told({ what: isolated(fate.text) })
    case 'soon':
      return m.tree_fate_soon()
  }
}
