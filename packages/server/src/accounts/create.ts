import { sql } from 'kysely'
import type { Trx } from '../db/database.ts'
import { Failure } from '../errors.ts'
import type { Quota } from './quota.ts'
import { quotaColumns } from './quota.ts'

export interface NewAccount {
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly companyName: string
  readonly quota?: Partial<Quota>
}

/** Throws `Failure('email_taken')`. */
export async function makeAccount(trx: Trx, account: NewAccount, now: number): Promise<{ id: number }> {
  // Mail systems that tell Ada@ from ada@ are rarer than people who forget which one they have given.
  const other = await trx
    .selectFrom('accounts')
    .select('id')
    .where(sql`lower(email)`, '=', account.email.toLowerCase())
    .executeTakeFirst()
  if (other) throw new Failure('email_taken', `Account ${other.id} has this email address`)
  return await trx
    .insertInto('accounts')
    .values({
      email: account.email,
      first_name: account.firstName,
      last_name: account.lastName,
      company_name: account.companyName,
      created_at: now,
      ...quotaColumns(account.quota ?? {}),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
}
