import type { Db } from '../../src/db/database.ts'

/** Every row of every table, as text; only when a token was last used is left out. */
export async function rowsOf({ db }: { readonly db: Db }): Promise<Record<string, unknown[]>> {
  const tables = await db.introspection.getTables()
  const entries: [string, unknown[]][] = []
  for (const { name } of tables) {
    const rows = (await db
      .selectFrom(name as 'tokens')
      .selectAll()
      .execute()) as object[]
    entries.push([name, rows.map(row => JSON.stringify({ ...row, last_used_at: null })).sort()])
  }
  return Object.fromEntries(entries)
}
