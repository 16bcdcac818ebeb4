/** Which ids were given, so that none is ever given twice: not even by another database that takes over from this one. */
import type { Db, Trx } from './database.ts'
import type { Database } from './schema.ts'
import { wordsOf } from './words.ts'

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
  const given = await wordsOf(db).givenIds(db)
  return Object.fromEntries(idTables.map(table => [table, given[table] ?? 0]))
}

/** The next ids are above these. */
export async function skipIds(trx: Trx, highest: Readonly<HighestIds>): Promise<void> {
  for (const table of idTables) {
    const id = highest[table] ?? 0
    if (id > 0) await wordsOf(trx).skipTo(trx, table, id)
  }
}

/** The highest that a row bears now. Unlike one that was only given, a row that was read survives what comes. */
export async function highestInRows(trx: Trx): Promise<HighestIds> {
  const highest: Record<string, number> = {}
  for (const table of idTables) {
    const row = await trx
      .selectFrom(table)
      .select(eb => eb.fn.max('id').as('id'))
      .executeTakeFirst()
    highest[table] = Number(row?.id ?? 0)
  }
  return highest
}
