import type { Options } from '../options.ts'
import type { Send } from '../send.ts'

export function account(send: Send) {
  return {
    /** Whose token this is, and what it may do. */
    me: (options?: Options<'getMe'>) => send('getMe', { options }),
  }
}
