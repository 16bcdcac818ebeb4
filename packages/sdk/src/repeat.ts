/**
 * Which calls are made again, and when.
 *
 * A refusal that says "not now" (too many requests, the server is busy) had no effect, so anything may ask again. After
 * a lost reply nobody knows, so only what has one effect however often it is asked for is asked for again: a GET, a
 * DELETE, and a POST with an Idempotency-Key.
 */
import { NetworkError, RestpointError, TimeoutError, UnexpectedReplyError } from './errors.ts'
import { pause, type Signals } from './signals.ts'

export interface Repeating {
  /** However often it arrives. */
  readonly hasOneEffect: boolean
  /** It is not there any more: just what was asked for, if an earlier attempt may have done it. */
  readonly isDoneWhenNotFound: boolean
  readonly retries: number
  readonly signals: Signals
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 8_000
/** Whoever is told to wait for longer than this is told so, and does not wait. */
const LONGEST_RETRY_AFTER = 60

export async function repeated<T>(attempt: () => Promise<T>, how: Repeating): Promise<T | undefined> {
  let mayHaveHappened = false
  for (let tried = 0; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      // An earlier attempt has done it, and its reply was lost.
      if (mayHaveHappened && how.isDoneWhenNotFound && isRefusal(error, 'not_found')) return undefined
      const outcome = outcomeOf(error)
      if (tried >= how.retries || outcome === 'final' || (outcome === 'unknown' && !how.hasOneEffect)) throw error
      const { retryAfter = 0 } = error as { retryAfter?: number }
      if (retryAfter > LONGEST_RETRY_AFTER) throw error
      mayHaveHappened ||= outcome === 'unknown'
      await pause(retryAfter * 1000 + jitter(tried), how.signals)
    }
  }
}

/** `refused`: for now, and nothing was done. `unknown`: it may have been done. `final`: asking again would not help. */
export function outcomeOf(error: unknown): 'refused' | 'unknown' | 'final' {
  if (error instanceof NetworkError || error instanceof TimeoutError) return 'unknown'
  if (isRefusal(error, 'rate_limited') || isRefusal(error, 'server_busy')) return 'refused'
  if (!(error instanceof RestpointError || error instanceof UnexpectedReplyError)) return 'final'
  if (error.status === 429) return 'refused'
  return [502, 503, 504].includes(error.status) ? 'unknown' : 'final'
}

function isRefusal(error: unknown, code: RestpointError['code']): boolean {
  return error instanceof RestpointError && error.code === code
}

/** Random up to a limit that doubles, so that those who failed together do not come back together. */
export function jitter(tried: number): number {
  return Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tried)
}
