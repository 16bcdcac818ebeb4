/**
 * The live connection: an event names what has changed, and what was asked for of that noun is asked for again. Without
 * events – the service is away – the clock does the same, more slowly.
 */
import { type Restpoint, RestpointError } from '@restpoint/sdk/source'
import type { QueryClient } from '@tanstack/react-query'
import { signOut } from '../session/session.ts'
import { connection } from './connection.ts'
import { keysOf } from './keys.ts'

/** Events come in bursts, one for each row of a transaction: they are gathered for so long, ms. */
const GATHER_MS = 20

/** Until the signal ends it. Does not throw. */
export async function follow(restpoint: Restpoint, queries: QueryClient, signal: AbortSignal): Promise<void> {
  const changed = gather(nouns => {
    for (const queryKey of nouns.flatMap(keysOf)) void queries.invalidateQueries({ queryKey })
  })
  const onConnection = (isOpen: boolean) => {
    connection.live(isOpen)
    if (isOpen) connection.back()
    // Whatever is shown is asked for once more, and with that the clock is set going or stopped.
    void queries.invalidateQueries()
  }
  // A stream that nobody cuts may be silent for a while: what the browser knows of its own network is sooner.
  const ask = () => void queries.invalidateQueries()
  for (const change of ['online', 'offline']) addEventListener(change, ask, { signal })
  try {
    for await (const { event } of restpoint.events({ signal, onConnection })) changed(event)
  } catch (error) {
    // Anything else than a token that is of no use any more: the clock goes on.
    if (error instanceof RestpointError && error.code === 'unauthenticated' && !signal.aborted) signOut('expired')
  }
}

function gather(tell: (nouns: string[]) => void): (noun: string) => void {
  const nouns = new Set<string>()
  return noun => {
    if (nouns.size === 0) {
      setTimeout(() => {
        const all = [...nouns]
        nouns.clear()
        tell(all)
      }, GATHER_MS)
    }
    nouns.add(noun)
  }
}
