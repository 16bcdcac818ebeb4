/** Keeps prepared statements: parsing the same SQL again for every request costs more than running it. */
import type { Database, Statement } from 'better-sqlite3'

const KEPT = 256

/** What Kysely needs of a SQLite database, with statements kept by their text; the one used longest ago goes first. */
export function keepStatements(sqlite: Database) {
  const kept = new Map<string, Statement<unknown[]>>()
  return {
    prepare(text: string): Statement<unknown[]> {
      const known = kept.get(text)
      kept.delete(text)
      const statement = known ?? sqlite.prepare<unknown[]>(text)
      // A statement knows its columns from when it was prepared.
      if (/^\s*(create|alter|drop)\b/i.test(text)) kept.clear()
      else kept.set(text, statement)
      if (kept.size > KEPT) kept.delete(kept.keys().next().value as string)
      return statement
    },
    close: () => sqlite.close(),
  }
}
