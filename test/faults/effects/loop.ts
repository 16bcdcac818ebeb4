/**
 * The Nth-effect loop: an operation is done again and again, each time in a new world, and its first, second, third …
 * side effect is spoilt, until it has run to its end without the fault having come in its way.
 */
import {
  type Effect,
  type Fault,
  faults,
  isWorthwhile,
  type Plan,
} from '../../../packages/server/test/support/effects.ts'
import type { Cell } from '../tally.ts'

/** One operation in a world of its own, from its request until everything is at rest again. */
export interface Attempt {
  readonly counted: readonly Effect[]
  readonly struck: Effect | undefined
  /** What was wrong afterwards; null: nothing. */
  readonly lost: string | null
}

export interface Subject {
  readonly during: string
  readonly on: Cell['on']
  attempt(plan?: Plan): Promise<Attempt>
}

export interface Result {
  readonly during: string
  readonly on: Cell['on']
  /** How many side effects it has when nothing goes wrong. */
  readonly effects: number
  /** How many faults at how many effects there are; of which those in `cells` were tried. */
  readonly planned: number
  readonly cells: readonly Cell[]
}

export interface LoopOptions {
  readonly faults?: readonly Fault[]
  /** Numbers from 0 to 1: in which order they are tried. */
  readonly random: () => number
  /** How many worlds there are at once. */
  readonly atOnce: number
  /** Nothing is begun after it, `performance.now()`. */
  readonly until: number
  /** No more than so many of them. */
  readonly most?: number
}

export async function spoilEveryEffect(subject: Subject, options: LoopOptions): Promise<Result> {
  const { during, on } = subject
  const smooth = await subject.attempt()
  const effects = smooth.counted.length
  if (smooth.lost !== null) {
    const cell: Cell = { fault: 'none', during, at: 'the end', on, lost: smooth.lost }
    return { during, on, effects, planned: 0, cells: [cell] }
  }
  const { faults: chosen = faults, random, atOnce, until, most = Number.POSITIVE_INFINITY } = options
  const plans = chosen.flatMap(fault =>
    smooth.counted.flatMap((effect, index) => (isWorthwhile(fault, effect) ? [{ fault, at: index + 1 }] : [])),
  )
  const cells: Cell[] = []
  const queue = shuffled(plans, random).slice(0, most)
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let plan = queue.pop(); plan && performance.now() < until; plan = queue.pop()) {
        const cell = await spoil(subject, plan)
        if (cell) cells.push(cell)
      }
    }),
  )
  // What is repeated because of a fault has more effects than what goes smoothly: further, until it runs through.
  const isComplete = cells.length === plans.length
  for (const fault of isComplete ? chosen : []) {
    for (let at = effects + 1; performance.now() < until; at++) {
      const cell = await spoil(subject, { fault, at })
      if (!cell) break
      cells.push(cell)
    }
  }
  return { during, on, effects, planned: Math.max(plans.length, cells.length), cells }
}

/** Undefined: it has run through, and nothing was wrong. */
async function spoil(subject: Subject, plan: Plan): Promise<Cell | undefined> {
  const { struck, lost } = await subject.attempt(plan)
  if (!struck && lost === null) return undefined
  const at = `effect ${plan.at}: ${struck?.name ?? 'not reached'}`
  return { fault: plan.fault, during: subject.during, at, on: subject.on, lost }
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map(item => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)
}

/** The same numbers for the same seed: mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
