import { sql } from 'kysely'
import type { Words } from '../words.ts'

/** Notifications of this name say that there may be operations to take up. */
export const CHANNEL = 'restpoint_operations'

export const postgresWords: Words = {
  idColumn: table => table.addColumn('id', 'bigint', column => column.primaryKey().generatedByDefaultAsIdentity()),
  lockFree: query => query.forUpdate().skipLocked(),
  async notify(trx) {
    await sql`select pg_notify(${CHANNEL}, '')`.execute(trx)
  },
  async givenIds(db) {
    const { rows } = await sql<{ name: string; id: number }>`
      select regexp_replace(sequencename, '_id_seq$', '') as name, last_value as id from pg_sequences
      where schemaname = current_schema() and last_value is not null
    `.execute(db)
    return Object.fromEntries(rows.map(({ name, id }) => [name, id]))
  },
  async skipTo(trx, table, id) {
    await sql`select setval(pg_get_serial_sequence(${table}, 'id'), ${id})`.execute(trx)
  },
}
