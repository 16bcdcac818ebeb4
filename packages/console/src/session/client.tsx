/** What a signed-in reader's views speak through: the SDK's client with their token, and what it has answered so far. */
import { Restpoint } from '@restpoint/sdk/source'
import { QueryClientProvider } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { follow } from '../data/live.ts'
import { makeQueryClient } from '../data/query-client.ts'

/** Few attempts: whoever waits in front of a screen is told that the service is away, and it is asked again anyhow. */
const MANNERS = { retries: 2, timeoutMs: 15_000 }

export function clientOf(token?: string): Restpoint {
  return new Restpoint({ url: location.origin, token, ...MANNERS })
}

const Client = createContext<Restpoint | undefined>(undefined)

export function ClientProvider({ token, children }: { readonly token: string; readonly children: ReactNode }) {
  const [restpoint] = useState(() => clientOf(token))
  const [queries] = useState(makeQueryClient)
  useEffect(() => {
    const end = new AbortController()
    void follow(restpoint, queries, end.signal)
    return () => end.abort()
  }, [restpoint, queries])
  return (
    <Client value={restpoint}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </Client>
  )
}

export function useRestpoint(): Restpoint {
  const restpoint = useContext(Client)
  if (!restpoint) throw new Error('Nobody is signed in here')
  return restpoint
}
