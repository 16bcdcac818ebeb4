/**
 * Deleting an account: its tokens are of no use from that moment on. Its row stays for what names it, without what it
 * said of a person. Nobody deletes the own account, nor the one whose administrator's token would outlive all others.
 */
import type { Trx } from '../db/database.ts'
import { Failure } from '../errors.ts'
import { type Caller, confirmCaller } from '../http/auth.ts'
import { refuse } from '../operations/refuse.ts'
import { readAccount } from './store.ts'

/** How many servers a refusal names. */
const NAMED = 10

export interface DeleteDeps {
  readonly now: () => number
  /** Tokens are another noun's. */
  readonly revokeAllTokens: (trx: Trx, accountId: number) => Promise<void>
}

/** Throws `not_found`, `own_account`, `account_has_servers` or `last_admin_token`. */
export async function deleteAccount(
  trx: Trx,
  { now, revokeAllTokens }: DeleteDeps,
  caller: Caller,
  id: number,
): Promise<void> {
  // Two administrators may delete each other at once: then the first wins.
  await confirmCaller(trx, caller)
  if (!(await readAccount(trx, id))) throw new Failure('not_found', `There is no account ${id}`)
  if (id === caller.ownAccountId) {
    refuse(trx, new Failure('own_account', `The token belongs to account ${id} itself`))
  }
  const servers = await trx
    .selectFrom('servers')
    .select('id')
    .where('account_id', '=', id)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
  if (servers.length > 0) {
    const some = servers.slice(0, NAMED).map(server => server.id)
    const more = servers.length > NAMED ? ' and others' : ''
    const detail = `Account ${id} owns ${servers.length} servers: ${some.join(', ')}${more}`
    refuse(trx, new Failure('account_has_servers', detail))
  }
  await revokeAllTokens(trx, id)
  await trx
    .updateTable('accounts')
    .set({ email: `deleted:${id}`, first_name: '', last_name: '', company_name: '', deleted_at: now() })
    .where('id', '=', id)
    .execute()
}
