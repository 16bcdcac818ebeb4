/** Opens the database, and the few words that SQLite and PostgreSQL do not share. */
import { closeSync, openSync } from 'node:fs'
import SQLite from 'better-sqlite3'
import { Kysely, SqliteDialect, type Transaction } from 'kysely'
import type { Database } from './schema.ts'
import { keepStatements } from './statements.ts'

export type Db = Kysely<Database>
export type Trx = Transaction<Database>

/**
 * Embedded SQLite. `synchronous=FULL`: a commit that was answered survives a power cut (the WAL default does not).
 * One connection: Kysely lets one transaction through at a time, so checks and writes in one transaction are atomic.
 */
export function openSqlite(file: string): Db {
  // Nobody else's to read; SQLite gives its journal files the same mode.
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600))
  const sqlite = new SQLite(file)
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = FULL')
  sqlite.pragma('foreign_keys = ON')
  sqlite.pragma('busy_timeout = 5000')
  return new Kysely<Database>({ dialect: new SqliteDialect({ database: keepStatements(sqlite) }) })
}

/**
 * Everything that is decided and written goes through here: as if the transactions had run one after the other. `work`
 * touches nothing but the database, because it may be run again.
 */
export function inTransaction<Value>(db: Db, work: (trx: Trx) => Promise<Value>): Promise<Value> {
  return db.transaction().execute(work)
}

/**
 * Serialises what is decided about one server: the row is locked until the transaction ends. An UPDATE locks on every
 * database; SELECT … FOR UPDATE is not SQL that SQLite knows.
 */
export async function lockServer(trx: Trx, serverId: number): Promise<void> {
  await trx.updateTable('servers').set({ id: serverId }).where('id', '=', serverId).execute()
}
