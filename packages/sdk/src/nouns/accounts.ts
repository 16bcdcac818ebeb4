import { type EachOptions, each } from '../each.ts'
import type { Body, Options } from '../options.ts'
import type { Send } from '../send.ts'

/** For administrators. */
export function accounts(send: Send) {
  return {
    /** As they were made. */
    list: (options?: Options<'listAccounts'>) => send('listAccounts', { options }),
    /** `list` page by page. */
    each: ({ pageSize, ...options }: EachOptions<'listAccounts'> = {}) =>
      each(page => send('listAccounts', { options: { ...options, ...page } }), pageSize),
    /** With its first token, whose secret the reply holds, this once. */
    create: (body: Body<'createAccount'>, options?: Options<'createAccount'>) =>
      send('createAccount', { body, options }),
    /** What it may use, and what it uses. */
    get: (account_id: number, options?: Options<'getAccount'>) => send('getAccount', { path: { account_id }, options }),
    update: (account_id: number, body: Body<'updateAccount'>, options?: Options<'updateAccount'>) =>
      send('updateAccount', { path: { account_id }, body, options }),
    delete: (account_id: number, options?: Options<'deleteAccount'>) =>
      send('deleteAccount', { path: { account_id }, options }),
  }
}
