import { sql } from 'kysely'
import type { Words } from '../words.ts'

/** One connection, one transaction at a time: there is nobody to pass over and nobody to wake. */
export const sqliteWords: Words = {
  idColumn: table => table.addColumn('id', 'integer', column => column.primaryKey().autoIncrement()),
  lockFree: query => query,
  notify: async () => {},
  async addEventTrigger(db, { name, on, table, when, statement }) {
    await sql.raw(`create trigger ${name} after ${on} on ${table}\nwhen ${when}\nbegin\n${statement};\nend`).execute(db)
  },
  epochMs: `cast(unixepoch('subsec') * 1000 as integer)`,
  async givenIds(db) {
    const { rows } = await sql<{ name: string; seq: number }>`select name, seq from sqlite_sequence`.execute(db)
    return Object.fromEntries(rows.map(({ name, seq }) => [name, seq]))
  },
  async skipTo(trx, table, id) {
    await sql`delete from sqlite_sequence where name = ${table}`.execute(trx)
    await sql`insert into sqlite_sequence (name, seq) values (${table}, ${id})`.execute(trx)
  },
}
