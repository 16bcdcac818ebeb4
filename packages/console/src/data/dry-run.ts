/** What something would do and what stands in its way, asked anew whenever somebody is about to do it. */
import type { DryRun, Restpoint } from '@restpoint/sdk/source'
import { type QueryKey, useQuery } from '@tanstack/react-query'
import { useRestpoint } from '../session/client.tsx'
import { keys } from './keys.ts'

/** `about` names the request and all that it depends on. `rehearse` undefined: there is nothing to ask yet. */
export function useDryRun(
  about: QueryKey,
  rehearse: ((dryRun: Restpoint['dryRun'], signal: AbortSignal) => Promise<DryRun>) | undefined,
) {
  const { dryRun } = useRestpoint()
  return useQuery({
    queryKey: [...keys.dryRuns, ...about],
    queryFn: ({ signal }) => rehearse?.(dryRun, signal) ?? Promise.reject(new Error('There is nothing to ask')),
    enabled: rehearse !== undefined,
    staleTime: 0,
    gcTime: 0,
  })
}
