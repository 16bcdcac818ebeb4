/** How what was asked for is kept: for ever, until an event or the clock says that it may be old. */

import { NetworkError, RestpointError, TimeoutError } from '@restpoint/sdk/source'
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { signOut } from '../session/session.ts'
import { connection } from './connection.ts'

/** While events come nothing is asked for twice; without them, no more often than this, ms. */
export const POLL_MS = 10_000

export function makeQueryClient(): QueryClient {
  const onError = (error: Error) => {
    if (isRefused(error)) signOut('expired')
    else if (isUnreachable(error)) connection.lost()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError, onSuccess: () => connection.back() }),
    mutationCache: new MutationCache({ onError, onSuccess: () => connection.back() }),
    defaultOptions: {
      queries: {
        // The SDK repeats what may be repeated.
        retry: false,
        // The service may well be on this machine: only it can tell whether it is there.
        networkMode: 'always',
        staleTime: POLL_MS,
        refetchInterval: () => (connection.now().isLive ? false : POLL_MS),
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
}

export function isUnreachable(error: unknown): boolean {
  return error instanceof NetworkError || error instanceof TimeoutError
}

/** The token is of no use any more. */
function isRefused(error: unknown): boolean {
  return error instanceof RestpointError && error.code === 'unauthenticated'
}
