import { type EachOptions, each } from '../each.ts'
import type { Body, Options } from '../options.ts'
import type { Send } from '../send.ts'

export function snapshots(send: Send) {
  return {
    /** Newest first. A failed one stays listed for 24 hours. */
    list: (options?: Options<'listSnapshots'>) => send('listSnapshots', { options }),
    /** `list` page by page. */
    each: ({ pageSize, ...options }: EachOptions<'listSnapshots'> = {}) =>
      each(page => send('listSnapshots', { options: { ...options, ...page } }), pageSize),
    /** Takes one. `consistency`: `auto` (default), `crash` or `filesystem`. */
    create: (body: Body<'createSnapshot'>, options?: Options<'createSnapshot'>) =>
      send('createSnapshot', { body, options }),
    /** One with its receipt. */
    get: (snapshot_id: number, options?: Options<'getSnapshot'>) =>
      send('getSnapshot', { path: { snapshot_id }, options }),
    /** Puts its server back to it. Can be undone: `servers.undo`. */
    restore: (snapshot_id: number, options?: Options<'restoreSnapshot'>) =>
      send('restoreSnapshot', { path: { snapshot_id }, options }),
    /** Final. Its space is freed in the background. */
    delete: (snapshot_id: number, options?: Options<'deleteSnapshot'>) =>
      send('deleteSnapshot', { path: { snapshot_id }, options }),
  }
}
