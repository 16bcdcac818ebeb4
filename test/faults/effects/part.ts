/** The loop over kinds of operations at one place. */
import { type Place, type Scenario, subjectOf } from './attempt.ts'
import { type LoopOptions, type Result, spoilEveryEffect } from './loop.ts'

export interface Share extends Pick<LoopOptions, 'random' | 'most' | 'atOnce'> {
  /** All of it, ms: each of what is tried has its part of what is left. */
  readonly ms: number
  readonly say: (result: Result) => void
  /** One scenario of each kind of operation; default: all of them. */
  readonly oneOfEach?: boolean
}

export async function effectsPart(
  place: Place,
  scenarios: readonly Scenario[],
  { ms, say, oneOfEach = false, ...options }: Share,
): Promise<Result[]> {
  const isChosen = ({ kind }: Scenario, index: number) =>
    !oneOfEach || scenarios.findIndex(other => other.kind === kind) === index
  return shared(
    scenarios.filter(isChosen).map(scenario => subjectOf(scenario, place)),
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

/** What `npm test` runs, and `--quick`: so much of it, however long it takes. */
export const quickly = {
  sqlite: { most: 4, oneOfEach: false, ms: Number.POSITIVE_INFINITY },
  postgres: { most: 2, oneOfEach: true, ms: Number.POSITIVE_INFINITY },
  qemu: { most: 1, ms: Number.POSITIVE_INFINITY },
} as const satisfies Record<string, Partial<Share>>
