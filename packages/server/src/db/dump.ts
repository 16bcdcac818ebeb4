/**
 * The schema as SQL, for people to read and for reviews to show what a migration changes:
 *
 *     node packages/server/src/db/dump.ts > packages/server/src/db/schema.sql
 */
import { sql } from 'kysely'
import type { Db } from './database.ts'
import { migrate } from './migrate.ts'
import { openSqlite } from './sqlite/open.ts'

/** One statement a table, index and trigger, tables in the order in which they were made, each column on a line of its own. */
export async function dumpSchema(db: Db): Promise<string> {
  const { rows } = await sql<{ sql: string }>`
    select sql from sqlite_master
    where sql is not null and tbl_name not like 'sqlite_%' and tbl_name not like 'kysely_%'
    order by rowid
  `.execute(db)
  return rows.map(row => `${spread(row.sql)};\n`).join('\n')
}

/** Breaks the outermost list of a CREATE TABLE into lines. */
function spread(statement: string): string {
  if (!/^create table/i.test(statement)) return statement
  let depth = 0
  return [...statement]
    .map((character, index) => {
      if (character === '(' && ++depth === 1) return '(\n  '
      if (character === ')' && --depth === 0) return '\n)'
      if (character === ',' && depth === 1) return ',\n  '
      return character === ' ' && depth === 1 && statement[index - 1] === ',' ? '' : character
    })
    .join('')
}

if (import.meta.main) {
  const db = openSqlite(':memory:')
  await migrate(db)
  process.stdout.write(await dumpSchema(db))
  await db.destroy()
}
