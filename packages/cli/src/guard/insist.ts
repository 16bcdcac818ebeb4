/** Requests that must get through, for a while, to a service that is restarted, busy or out of reach. */
import { setTimeout as sleep } from 'node:timers/promises'

/** It may have been done, and nobody here can say. `cause`: what the last attempt ended with. */
export class Unsettled extends Error {
  override readonly name = 'Unsettled'
}

export const OUTAGE_MS = 5 * 60_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000

export interface Insisting {
  readonly limitMs?: number
  /** No further attempt. */
  readonly signal?: AbortSignal | undefined
}

/**
 * `attempt` must have one effect, however often it is made, and repeat nothing by itself. Throws what it was refused with
 * – then nothing was done – or `Unsettled`.
 */
export async function insist<T>(
  attempt: () => Promise<T>,
  { limitMs = OUTAGE_MS, signal }: Insisting = {},
): Promise<T> {
  const deadline = performance.now() + limitMs
  let mayHaveHappened = false
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    try {
      return await attempt()
    } catch (error) {
      const { isOver, isCertain } = judge(error)
      mayHaveHappened ||= !isCertain
      if (isOver || signal?.aborted || performance.now() >= deadline)
        throw mayHaveHappened ? new Unsettled('nobody can say whether it was done', { cause: error }) : error
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {})
  }
}

/** `isOver`: asking again would not help. `isCertain`: this attempt has done nothing. */
function judge(error: unknown): { readonly isOver: boolean; readonly isCertain: boolean } {
  const { name, code, status = 0 } = error as { name?: string; code?: string; status?: number }
  switch (name) {
    case 'NetworkError':
    case 'TimeoutError':
      return { isOver: false, isCertain: false }
    case 'UnexpectedReplyError':
      return { isOver: ![429, 502, 503, 504].includes(status), isCertain: false }
    case 'RestpointError':
      if (code === 'server_busy' || code === 'rate_limited') return { isOver: false, isCertain: true }
      return { isOver: status !== 503, isCertain: status < 500 }
    default:
      return { isOver: true, isCertain: false }
  }
}
