import type { Trx } from '../db/database.ts'

export interface NewAccount {
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly companyName: string
}

export async function makeAccount(trx: Trx, account: NewAccount, now: number): Promise<{ id: number }> {
  return await trx
    .insertInto('accounts')
    .values({
      email: account.email,
      first_name: account.firstName,
      last_name: account.lastName,
      company_name: account.companyName,
      created_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
}
