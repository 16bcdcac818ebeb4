/** Whether the service answers, and whether its events come. */
import { useSyncExternalStore } from 'react'

export interface Connection {
  /** The last request was answered, whatever the answer. */
  readonly isReachable: boolean
  /** Events come: nothing has to be asked for again and again. */
  readonly isLive: boolean
}

const watchers = new Set<() => void>()
let current: Connection = { isReachable: true, isLive: false }

function become(change: Partial<Connection>): void {
  const next = { ...current, ...change }
  if (next.isReachable === current.isReachable && next.isLive === current.isLive) return
  current = next
  for (const tell of watchers) tell()
}

export const connection = {
  now: (): Connection => current,
  lost: () => become({ isReachable: false }),
  back: () => become({ isReachable: true }),
  live: (isLive: boolean) => become({ isLive }),
  watch(tell: () => void): () => void {
    watchers.add(tell)
    return () => watchers.delete(tell)
  },
}

export function useConnection(): Connection {
  return useSyncExternalStore(connection.watch, connection.now)
}
