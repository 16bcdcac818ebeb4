/** How an item of the picture looks, without its words: the line from what it stands on, its bar, its flag. */
import { BAR_HEIGHT, extentOf, GAP, type Item, LANE_HEIGHT, middleOf } from './picture.ts'
import css from './shape.module.css'

/** How wide a flag's cloth is. */
export const FLAG = 12
/** How far the head reaches beyond its end: it is open. */
export const TIP = 12
const BEND = 6

export interface ShapeProps {
  readonly item: Item
  /** What it stands on. */
  readonly below: Item | undefined
  /** 0…1 of it that is copied already. */
  readonly faded?: number | undefined
}

export function Shape({ item, below, faded = 0 }: ShapeProps) {
  const { x, width } = extentOf(item)
  const y = middleOf(item) - BAR_HEIGHT / 2
  // What is copied is in the layer above: it goes from its beginning on.
  const left = width * (1 - faded)
  return (
    <g data-kind={kindOf(item)} className={css['shape']}>
      {below && <path className={css['line']} d={lineTo(item, below)} />}
      {kindOf(item) === 'active' ? (
        <path className={css['bar']} d={openEnded(item)} />
      ) : (
        <rect className={css['bar']} x={x} y={y} width={width} height={BAR_HEIGHT} rx={3} />
      )}
      {faded > 0 && (
        <rect
          className={css['left']}
          x={wayOf(item) === 1 ? x + width - left : x}
          y={y}
          width={left}
          height={BAR_HEIGHT}
          rx={3}
        />
      )}
      {isNamed(item) && <path className={css['flag']} d={flagAt(item)} />}
    </g>
  )
}

export function kindOf(item: Item): string {
  return item.type === 'branch' ? 'branch' : item.layer.kind
}

export function isNamed(item: Item): boolean {
  return item.type === 'layer' && item.layer.snapshots.length > 0
}

/** 1: time runs to the right. */
export function wayOf({ start, end }: Item): 1 | -1 {
  return end >= start ? 1 : -1
}

function openEnded(item: Item): string {
  const { start, end } = item
  const middle = middleOf(item)
  const [top, bottom] = [middle - BAR_HEIGHT / 2, middle + BAR_HEIGHT / 2]
  return `M${start} ${top}H${end}L${end + TIP * wayOf(item)} ${middle}L${end} ${bottom}H${start}Z`
}

/** From the end of what is below, through the gap between the two, to the beginning of this one. */
function lineTo(item: Item, below: Item): string {
  const [from, to] = [middleOf(below), middleOf(item)]
  if (from === to) return `M${below.end} ${from}H${item.start}`
  const way = wayOf(item)
  const bend = below.end + (GAP / 2) * way
  const [before, after] = [bend - BEND * way, bend + BEND * way]
  return `M${below.end} ${from}H${before}Q${bend} ${from} ${bend} ${from + BEND}V${to - BEND}Q${bend} ${to} ${after} ${to}H${item.start}`
}

/** A pole on the bar's end, and its cloth towards what was before. */
function flagAt(item: Item): string {
  const cloth = FLAG * wayOf(item)
  const top = middleOf(item) + BAR_HEIGHT / 2 - LANE_HEIGHT + 14
  return `M${item.end} ${middleOf(item) + BAR_HEIGHT / 2}V${top}l${-cloth} 5l${cloth} 5Z`
}
