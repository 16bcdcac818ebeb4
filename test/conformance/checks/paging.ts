import type { Check } from '../check.ts'
import { equal, invalid, keys, status, that } from '../expect.ts'
import { listed, rowsOf } from '../fixtures.ts'

const badPages = ['limit=abc', 'limit=-1', 'limit=1.5', 'offset=abc', 'offset=-1'].map(
  (query): Check => ({
    id: `paging.${query}`,
    level: 'full',
    says: `?${query} is a 400 that names the parameter`,
    run: async session => invalid(await session.client.get(`/snapshots/?${query}`), query.split('=')[0] as string),
  }),
)

export const pagingChecks: readonly Check[] = [
  {
    id: 'paging.opt-in',
    level: 'full',
    says: 'Without limit and offset the whole list comes, without a Link header',
    run: async session => {
      const { all } = await listed(session)
      equal(all.headers.get('link'), null, 'Link')
    },
  },
  {
    id: 'paging.limit',
    level: 'full',
    says: '?limit=1 gives the first of the list',
    run: async session => {
      const reply = await session.client.get('/snapshots/?limit=1')
      status(reply, 200)
      keys(reply.json, ['count', 'results'])
      equal(rowsOf(reply), rowsOf(await session.client.get('/snapshots/')).slice(0, 1), 'results')
    },
  },
  {
    id: 'paging.offset',
    level: 'full',
    says: '?limit=1&offset=1 gives the second of the list',
    run: async session => {
      const reply = await session.client.get('/snapshots/?limit=1&offset=1')
      status(reply, 200)
      equal(rowsOf(reply), rowsOf(await session.client.get('/snapshots/')).slice(1, 2), 'results')
    },
  },
  {
    id: 'paging.count',
    level: 'full',
    says: 'count stays the total',
    run: async session => {
      const whole = rowsOf(await session.client.get('/snapshots/')).length
      for (const query of ['limit=1', 'limit=1&offset=1', 'limit=1&offset=1000']) {
        const reply = await session.client.get(`/snapshots/?${query}`)
        equal((reply.json as { count?: unknown }).count, whole, `count of ?${query}`)
      }
    },
  },
  {
    id: 'paging.link',
    level: 'full',
    says: 'The Link header leads through the whole list, from next to next',
    run: async session => {
      const whole = rowsOf(await session.client.get('/snapshots/')).map(row => row.id)
      const seen: number[] = []
      let query: string | undefined = '?limit=1'
      for (let page = 0; query !== undefined && page <= whole.length; page++) {
        const reply = await session.client.get(`/snapshots/${query}`)
        seen.push(...rowsOf(reply).map(row => row.id))
        query = nextOf(reply.headers.get('link'))
      }
      equal(seen, whole, 'ids')
    },
  },
  {
    id: 'paging.link.filter',
    level: 'full',
    says: 'The Link header keeps the filter',
    run: async session => {
      await listed(session)
      const reply = await session.client.get(`/snapshots/?server_id=${session.server.id}&limit=1`)
      const next = nextOf(reply.headers.get('link')) ?? ''
      that(
        new URLSearchParams(next).get('server_id') === String(session.server.id),
        `a next page with server_id=${session.server.id}`,
        reply.headers.get('link'),
      )
    },
  },
  {
    id: 'paging.past-the-end',
    level: 'full',
    says: 'Past the end there is nothing, and that is no error',
    run: async session => {
      const reply = await session.client.get('/snapshots/?limit=1&offset=1000')
      status(reply, 200)
      equal(rowsOf(reply), [], 'results')
    },
  },
  ...badPages,
]

/** The query of the next page (RFC 8288), absolute or relative. */
function nextOf(link: string | null): string | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1]
  return target?.includes('?') ? target.slice(target.indexOf('?')) : undefined
}
