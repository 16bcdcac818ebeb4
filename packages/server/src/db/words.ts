/** The few words that SQLite and PostgreSQL do not share. */
import { type CreateTableBuilder, type Kysely, PostgresAdapter, type SelectQueryBuilder } from 'kysely'
import type { Db, Trx } from './database.ts'
import { postgresWords } from './postgres/words.ts'
import type { Database } from './schema.ts'
import { sqliteWords } from './sqlite/words.ts'

/** What is written along with a row, each time that the row changes so. SQL, over `new` and `old`. */
export interface Trigger {
  /** Of its own in the whole database. */
  readonly name: string
  readonly on: 'insert' | 'update' | 'delete'
  readonly table: string
  readonly when: string
  /** One insert into `events`. */
  readonly statement: string
}

export interface Words {
  /** A column `id`: a number that rises and is never given twice, also after the newest row was deleted. */
  idColumn<Table extends string>(table: CreateTableBuilder<Table>): CreateTableBuilder<Table, 'id'>
  /** The rows are nobody else's until the transaction ends; what somebody else has is passed over. */
  lockFree<DB, Tables extends keyof DB, Row>(
    query: SelectQueryBuilder<DB, Tables, Row>,
  ): SelectQueryBuilder<DB, Tables, Row>
  /** Wakes whoever listens to this database, once the transaction has been committed. */
  notify(trx: Trx): Promise<void>
  /**
   * Has an event written with each such change, as part of the transaction. Their ids rise in the order in which the
   * transactions can be seen, and whoever listens is woken by the commit.
   */
  addEventTrigger(db: Kysely<unknown>, trigger: Trigger): Promise<void>
  /** SQL: the time, epoch ms. */
  readonly epochMs: string
  /** The highest id that was ever given, by table; one that has given none may be missing. */
  givenIds(db: Db | Trx): Promise<Readonly<Record<string, number>>>
  /** The table's next id is above this one. */
  skipTo(trx: Trx, table: keyof Database, id: number): Promise<void>
}

// biome-ignore lint/suspicious/noExplicitAny: whatever tables it has
export function wordsOf(db: Kysely<any>): Words {
  return db.getExecutor().adapter instanceof PostgresAdapter ? postgresWords : sqliteWords
}
