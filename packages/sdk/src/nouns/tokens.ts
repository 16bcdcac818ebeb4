import { type EachOptions, each } from '../each.ts'
import type { Body, Options } from '../options.ts'
import type { Send } from '../send.ts'

export function tokens(send: Send) {
  return {
    /** Without their secrets. */
    list: (options?: Options<'listTokens'>) => send('listTokens', { options }),
    /** `list` page by page. */
    each: ({ pageSize, ...options }: EachOptions<'listTokens'> = {}) =>
      each(page => send('listTokens', { options: { ...options, ...page } }), pageSize),
    /** The reply holds the secret, this once. If it was lost on its way, a repeat fails with `token_already_created`. */
    create: (body: Body<'createToken'>, options?: Options<'createToken'>) => send('createToken', { body, options }),
    /** Makes one of the code in a sign-in link. Needs no token. */
    signIn: (body: Body<'signIn'>, options?: Options<'signIn'>) => send('signIn', { body, options }),
    /** Revokes it. */
    delete: (token_id: number, options?: Options<'deleteToken'>) =>
      send('deleteToken', { path: { token_id }, options }),
  }
}
