import type { Options } from '../options.ts'
import type { Send } from '../send.ts'

/** Needs no token. */
export function health(send: Send) {
  return {
    /** Whether the process is alive. */
    live: (options?: Options<'getHealth'>) => send('getHealth', { options }),
    /** Whether it can work; `unavailable` is an answer, not an error. */
    ready: (options?: Options<'getReadiness'>) => send('getReadiness', { options }),
  }
}
