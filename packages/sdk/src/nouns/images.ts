import { type EachOptions, each } from '../each.ts'
import type { Body, Options } from '../options.ts'
import type { Send } from '../send.ts'

export function images(send: Send) {
  return {
    /** Newest first. */
    list: (options?: Options<'listImages'>) => send('listImages', { options }),
    /** `list` page by page. */
    each: ({ pageSize, ...options }: EachOptions<'listImages'> = {}) =>
      each(page => send('listImages', { options: { ...options, ...page } }), pageSize),
    /** Makes one of a qcow2 or raw file of the host; with `link` the file is used where it lies. For administrators. */
    import: (body: Body<'importImage'>, options?: Options<'importImage'>) => send('importImage', { body, options }),
    get: (image_id: number, options?: Options<'getImage'>) => send('getImage', { path: { image_id }, options }),
    /** Its file goes with the last server that stands on it. */
    delete: (image_id: number, options?: Options<'deleteImage'>) =>
      send('deleteImage', { path: { image_id }, options }),
  }
}
