import type { Trx } from '../db/database.ts'
import { Failure } from '../errors.ts'
import { type Caller, confirmCaller } from '../http/auth.ts'
import { type Quota, quotaColumns } from './quota.ts'

export interface AccountChange {
  readonly first_name?: string
  readonly last_name?: string
  readonly company_name?: string
  /** What it does not name stays as it is. */
  readonly quota?: Partial<Quota>
}

/** A quota may be less than what is used: then only nothing more is given. Throws `not_found`. */
export async function updateAccount(
  trx: Trx,
  caller: Caller,
  id: number,
  { quota = {}, ...names }: AccountChange,
): Promise<void> {
  await confirmCaller(trx, caller)
  const { numUpdatedRows } = await trx
    .updateTable('accounts')
    .set({ ...names, ...quotaColumns(quota), id })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw new Failure('not_found', `There is no account ${id}`)
}
