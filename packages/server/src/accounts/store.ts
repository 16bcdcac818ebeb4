import type { Selectable } from 'kysely'
import type { Db, Trx } from '../db/database.ts'
import type { Accounts } from '../db/schema.ts'
import type { Driver } from '../drivers/driver.ts'
import { countServers, readUsedBytes } from '../layers/space.ts'

export type AccountRow = Selectable<Accounts>

/** All that there are, as they were made; for administrators. */
export function allAccounts(db: Db | Trx) {
  return db.selectFrom('accounts').where('deleted_at', 'is', null).orderBy('id')
}

export function readAccount(db: Db | Trx, id: number): Promise<AccountRow | undefined> {
  return allAccounts(db).selectAll().where('id', '=', id).executeTakeFirst()
}

export interface Usage {
  readonly servers: number
  /** Of all its servers; without failed ones. */
  readonly snapshots: number
  readonly bytes: number
}

/** Counted when read. */
export async function readUsage(db: Db, driver: Driver, accountId: number): Promise<Usage> {
  const { count } = await db
    .selectFrom('snapshots')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .where('status', '!=', 'failed')
    .executeTakeFirstOrThrow()
  return {
    servers: await countServers(db, accountId),
    snapshots: Number(count),
    bytes: await readUsedBytes(db, driver, accountId),
  }
}
