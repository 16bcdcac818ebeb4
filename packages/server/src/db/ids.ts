/** Which ids were given, so that none is ever given twice: not even by another database that takes over from this one. */
import { PostgresAdapter, sql } from 'kysely'
import type { Db, Trx } from './database.ts'
import type { Database } from './schema.ts'

export const idTables = [
  'accounts',
  'tokens',
  'images',
  'layers',
  'servers',
  'disks',
  'snapshots',
  'undo_points',
  'operations',
] as const satisfies readonly (keyof Database)[]
export type HighestIds = Record<string, number>

/** The highest that was ever given, by table; 0 for none. Rows that are gone, and some that never came to be, count. */
export async function highestIds(db: Db | Trx): Promise<HighestIds> {
  const { rows } = isPostgres(db)
    ? await sql<Given>`
        select replace(sequencename, '_id_seq', '') as name, last_value as id
        from pg_sequences where schemaname = current_schema()`.execute(db)
    : await sql<Given>`select name, seq as id from sqlite_sequence`.execute(db)
  const given = new Map(rows.map(({ name, id }) => [name, Number(id ?? 0)]))
  return Object.fromEntries(idTables.map(table => [table, given.get(table) ?? 0]))
}

interface Given {
  readonly name: string
  readonly id: number | null
}

/** The next ids are above these. */
export async function skipIds(trx: Trx, highest: Readonly<HighestIds>): Promise<void> {
  for (const table of idTables) {
    const id = highest[table] ?? 0
    if (id === 0) continue
    if (isPostgres(trx)) {
      await sql`select setval(pg_get_serial_sequence(${table}, 'id'), ${id})`.execute(trx)
      continue
    }
    await sql`delete from sqlite_sequence where name = ${table}`.execute(trx)
    await sql`insert into sqlite_sequence (name, seq) values (${table}, ${id})`.execute(trx)
  }
}

function isPostgres(db: Db | Trx): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter
}
