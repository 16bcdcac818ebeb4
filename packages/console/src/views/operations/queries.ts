import type { Operation } from '@restpoint/sdk/source'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { keys } from '../../data/keys.ts'
import { useRestpoint } from '../../session/client.tsx'
import { PAGE_SIZE, type Selection } from './selection.ts'

/** In this order they are shown. */
const unended = ['running', 'waiting', 'queued'] as const
/** Of each; more are in the list below. */
const MOST = 50

/** What has not ended, what is at work first; and how many there are in all. */
export function useUnderWay() {
  const restpoint = useRestpoint()
  return useQuery({
    queryKey: [...keys.operations, 'under way'],
    queryFn: async ({ signal }) => {
      const lists = await Promise.all(unended.map(status => restpoint.operations.list({ status, limit: MOST, signal })))
      const found = lists.flatMap(({ results }) => results)
      // One that went on between two of the requests is in both: its id stays in its first place.
      const operations: Operation[] = [...new Map(found.map(one => [one.id, one])).values()]
      return { operations, count: lists.reduce((sum, { count }) => sum + count, 0) }
    },
  })
}

/** One page of all, newest first. The page before stays until it is there. */
export function useHistory({ status, serverId, page }: Selection) {
  const restpoint = useRestpoint()
  return useQuery({
    queryKey: [...keys.operations, 'history', status ?? '', serverId ?? 0, page],
    queryFn: ({ signal }) =>
      restpoint.operations.list({
        status,
        server_id: serverId,
        limit: PAGE_SIZE,
        offset: (page - 1) * PAGE_SIZE,
        signal,
      }),
    placeholderData: keepPreviousData,
  })
}
