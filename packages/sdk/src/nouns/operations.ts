import { type EachOptions, each } from '../each.ts'
import type { Options } from '../options.ts'
import type { Send } from '../send.ts'

export function operations(send: Send) {
  return {
    /** Newest first. */
    list: (options?: Options<'listOperations'>) => send('listOperations', { options }),
    /** `list` page by page. */
    each: ({ pageSize, ...options }: EachOptions<'listOperations'> = {}) =>
      each(page => send('listOperations', { options: { ...options, ...page } }), pageSize),
    /** How far one is, now. To follow it: `waitFor`. */
    get: (operation_id: number, options?: Options<'getOperation'>) =>
      send('getOperation', { path: { operation_id }, options }),
  }
}
