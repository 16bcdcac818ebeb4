/** One layer, or the servers that branch off: its shape, its label, its own focus and selection. */
import { type KeyboardEvent, memo } from 'react'
import { extentOf, type Item, LANE_HEIGHT } from './picture.ts'
import { FLAG, isNamed, kindOf, Shape, type ShapeProps, TIP, wayOf } from './shape.tsx'
import css from './tree.module.css'

export interface DrawnItemProps extends ShapeProps {
  /** At its place. */
  readonly label: string
  /** For screen readers: all that is to be said of it. */
  readonly name: string
  /** Among those that stand on the same, from 1. */
  readonly position: number
  readonly siblings: number
  readonly isSelected: boolean
  /** The one that Tab comes to. */
  readonly isEntry: boolean
  readonly onSelect: (item: Item) => void
  readonly onLook: (item: Item | undefined) => void
  readonly onKey: (item: Item, event: KeyboardEvent) => void
}

/** Selecting one of 500 draws two of them anew. */
export const DrawnItem = memo(function DrawnItem(props: DrawnItemProps) {
  const { item, below, faded, label, name, isSelected, isEntry, onSelect, onLook, onKey } = props
  const { x, width } = extentOf(item)
  const tip = kindOf(item) === 'active' ? TIP : 0
  return (
    <g
      role="treeitem"
      data-item={item.key}
      className={css['item']}
      aria-label={name}
      aria-level={item.level}
      aria-posinset={props.position}
      aria-setsize={props.siblings}
      aria-selected={isSelected}
      tabIndex={isEntry ? 0 : -1}
      onClick={() => onSelect(item)}
      onFocus={() => onLook(item)}
      onBlur={() => onLook(undefined)}
      onMouseEnter={() => onLook(item)}
      onMouseLeave={() => onLook(undefined)}
      onKeyDown={event => onKey(item, event)}
    >
      <rect
        className={css['ground']}
        x={x - 5 - (wayOf(item) === 1 ? 0 : tip)}
        y={item.top + 1}
        width={width + 10 + tip}
        height={LANE_HEIGHT - 8}
        rx={6}
      />
      <Label item={item} label={label} />
      <Shape item={item} below={below} faded={faded} />
    </g>
  )
})

/** Over its bar, and not under its flag. A text has its own direction and ends where that ends, whichever way time runs. */
function Label({ item, label }: { readonly item: Item; readonly label: string }) {
  const { x, width } = extentOf(item)
  const room = width - (isNamed(item) ? FLAG + 4 : 0)
  const isFromLeft = wayOf(item) === 1
  return (
    <foreignObject x={isFromLeft ? x : x + width - room} y={item.top + 3} width={room} height={20} aria-hidden="true">
      <div className={css['label']} dir="auto" data-from={isFromLeft ? 'left' : 'right'} data-kind={kindOf(item)}>
        {label}
      </div>
    </foreignObject>
  )
}
