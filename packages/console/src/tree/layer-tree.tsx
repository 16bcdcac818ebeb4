/**
 * The past of a server as a picture. One stop of the Tab key; inside, the arrows walk it: along time and from lane to
 * lane. Screen readers have it as a tree. What is hovered or focused is told in a line below, which covers nothing.
 */
import { type KeyboardEvent, type RefObject, useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { m } from '../paraglide/messages.js'
import { DrawnItem } from './drawn-item.tsx'
import { diskOf, extentOf, type Item, type Picture } from './picture.ts'
import { isSamePoint, itemOf, type Point, pointOf } from './point.ts'
import css from './tree.module.css'
import { fateOf } from './waits.ts'
import { headOf, moveOf, walk } from './walk.ts'
import { type Facts, labelOf, tellOf } from './words.ts'

/** Around everything, for what is drawn around a bar. */
const EDGE = 8

interface LayerTreeProps {
  readonly picture: Picture
  readonly facts: Facts
  /** Of each disk, in the order of the bands; told where there are several. */
  readonly titles: readonly string[]
  readonly selected: Point
  readonly onSelect: (point: Point) => void
}

export function LayerTree({ picture, facts, titles, selected, onSelect }: LayerTreeProps) {
  const { width, height, items, bands, isMirrored } = picture
  const [looked, setLooked] = useState<Item>()
  const frame = useHeadInSight(picture)
  const known = useMemo(() => knownOf(picture, facts, titles), [picture, facts, titles])
  const entry = itemOf(picture, selected) ?? headOf(items)
  const shown = known.get(looked?.key ?? '') ?? known.get(entry?.key ?? '')

  const select = useCallback((item: Item) => onSelect(pointOf(item)), [onSelect])
  const onKey = useCallback(
    (item: Item, event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return
      const move = moveOf(event.key, isMirrored)
      if (event.key === 'Enter' || event.key === ' ') select(item)
      else if (move) focus(frame.current, walk(picture, item, move))
      else return
      event.preventDefault()
    },
    [frame, picture, isMirrored, select],
  )

  return (
    <figure className={css['figure']}>
      {bands.length > 1 &&
        bands.map(({ root, top }, index) => (
          <span key={root} className={css['title']} style={{ insetBlockStart: top }} aria-hidden="true">
            {titles[index]}
          </span>
        ))}
      <div ref={frame} className={css['frame']} dir="ltr" data-mirrored={isMirrored}>
        <svg
          className={css['svg']}
          width={width + 2 * EDGE}
          height={height}
          viewBox={`${-EDGE} 0 ${width + 2 * EDGE} ${height}`}
        >
          <g role="tree" aria-label={m.tree_name()} aria-orientation="horizontal">
            {[...known.values()].map(({ item, told, ...drawn }) => (
              <DrawnItem
                key={item.key}
                {...drawn}
                item={item}
                name={told.join(', ')}
                isSelected={isSamePoint(pointOf(item), selected)}
                isEntry={item === entry}
                onSelect={select}
                onLook={setLooked}
                onKey={onKey}
              />
            ))}
          </g>
        </svg>
      </div>
      <figcaption className={css['told']} aria-hidden="true">
        {shown?.told.map(part => (
          <bdi key={part}>{part}</bdi>
        ))}
      </figcaption>
    </figure>
  )
}

interface Known {
  readonly item: Item
  readonly below: Item | undefined
  readonly label: string
  readonly told: readonly string[]
  readonly faded: number
  readonly position: number
  readonly siblings: number
}

/** All that is drawn or said of each item; by its key. */
function knownOf(picture: Picture, facts: Facts, titles: readonly string[]): ReadonlyMap<string, Known> {
  const families = new Map<string | null, string[]>()
  const places = new Map<string | null, Item>()
  for (const item of picture.items) {
    places.set(item.key, item)
    families.set(item.parent, [...(families.get(item.parent) ?? []), item.key])
  }
  return new Map(
    picture.items.map(item => {
      const family = families.get(item.parent) ?? []
      const fate = item.type === 'layer' ? fateOf(item, picture) : null
      const title = picture.bands.length > 1 ? titles[diskOf(item, picture)] : undefined
      const disk = title === undefined ? [] : [title]
      const known: Known = {
        item,
        below: places.get(item.parent),
        label: labelOf(item, picture, facts),
        told: [...tellOf(item, picture, facts), ...disk],
        faded: fate?.is === 'merging' ? fate.progress : 0,
        position: family.indexOf(item.key) + 1,
        siblings: family.length,
      }
      return [item.key, known]
    }),
  )
}

function focus(frame: HTMLElement | null, { key }: Item): void {
  frame?.querySelector<SVGGElement>(`[data-item="${key}"]`)?.focus()
}

/** A long past begins out of sight: what is now comes first. After that it is where the reader has put it. */
function useHeadInSight({ items }: Picture): RefObject<HTMLDivElement | null> {
  const frame = useRef<HTMLDivElement>(null)
  const head = headOf(items)
  const first = useRef(head && extentOf(head))
  useLayoutEffect(() => {
    const { x, width } = first.current ?? { x: 0, width: 0 }
    frame.current?.scrollTo({ left: x + width / 2 + EDGE - frame.current.clientWidth / 2 })
  }, [])
  return frame
}
