/** The loop over every kind of operation, in memory, on one of the databases. */
import type { DatabaseKind } from '../../../../packages/server/test/support/databases.ts'
import { type LoopOptions, type Result, spoilEveryEffect } from '../loop.ts'
import { subjectOf } from './attempt.ts'
import { scenarios } from './scenarios.ts'

export interface Share extends Pick<LoopOptions, 'random' | 'most' | 'atOnce'> {
  /** All of it, ms: each of what is tried has its part of what is left. */
  readonly ms: number
  readonly say: (result: Result) => void
}

export async function memoryPart(on: DatabaseKind, { ms, say, ...options }: Share): Promise<Result[]> {
  return shared(
    scenarios.map(scenario => subjectOf(scenario, on)),
    ms,
    async (subject, until) => {
      const result = await spoilEveryEffect(subject, { ...options, until })
      say(result)
      return result
    },
  )
}

/** Whoever needs less than their part of the time leaves it to those who come after. */
export async function shared<Item, Value>(
  items: readonly Item[],
  ms: number,
  work: (item: Item, until: number) => Promise<Value>,
): Promise<Value[]> {
  const end = performance.now() + ms
  const values: Value[] = []
  for (const [index, item] of items.entries()) {
    const now = performance.now()
    values.push(await work(item, now + Math.max(0, end - now) / (items.length - index)))
  }
  return values
}
