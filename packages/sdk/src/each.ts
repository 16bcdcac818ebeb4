/**
 * A list page by page. Between two pages things are made and deleted, perhaps by whoever iterates; what is there all the
 * while comes exactly once. So each page overlaps the one before: one that does not begin with something already seen
 * means that what lay before it has gone, and an earlier page is asked for.
 */
import type { CallName, Options } from './options.ts'

export type EachOptions<Name extends CallName> = Omit<Options<Name>, 'limit' | 'offset'> & {
  /** How many are asked for at once: 2 to 1000. Default: 100. */
  readonly pageSize?: number | undefined
}

interface Page<Item> {
  readonly results: readonly Item[]
}

const PAGE_SIZE = 100

export async function* each<Item extends { readonly id: number }>(
  list: (page: { limit: number; offset: number }) => Promise<Page<Item>>,
  limit = PAGE_SIZE,
): AsyncGenerator<Item, void, undefined> {
  if (!(limit >= 2)) throw new TypeError('pageSize must be 2 or more')
  const seen = new Set<number>()
  let offset = 0
  for (;;) {
    const { results } = await list({ limit, offset })
    if (offset > 0 && !seen.has(results[0]?.id ?? 0)) {
      offset = Math.max(0, offset - limit)
      continue
    }
    for (const item of results) {
      if (seen.has(item.id)) continue
      seen.add(item.id)
      yield item
    }
    if (results.length < limit) return
    offset += limit - 1
  }
}
