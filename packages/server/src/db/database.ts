/** The database as the rest of the service knows it. What SQLite and PostgreSQL do not share: `words.ts`. */
import type { Kysely, Transaction } from 'kysely'
import { repeatedly } from './repeat.ts'
import type { Database } from './schema.ts'

export type Db = Kysely<Database>
export type Trx = Transaction<Database>

/**
 * Everything that is decided and written goes through here: as if the transactions had run one after the other. `work`
 * touches nothing but the database, because it is run again where another transaction was in its way.
 * @throws Failure `unavailable` when there is always another one, and when the database cannot be used.
 */
export function inTransaction<Value>(db: Db, work: (trx: Trx) => Promise<Value>): Promise<Value> {
  // SQLite has one transaction at a time, and so no levels to choose from.
  return repeatedly(db, () => db.transaction().setIsolationLevel('serializable').execute(work))
}

/** Everything that `read` reads is as it was at one instant. It writes nothing, and is never in anybody's way. */
export function atOneInstant<Value>(db: Db, read: (trx: Trx) => Promise<Value>): Promise<Value> {
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read)
}

/**
 * Has those who decide about one server wait for each other, before they have read anything: an UPDATE locks on every
 * database. Without it they would find out when they commit, and begin again.
 */
export async function lockServer(trx: Trx, serverId: number): Promise<void> {
  await trx.updateTable('servers').set({ id: serverId }).where('id', '=', serverId).execute()
}
