/** Brings the database to the newest schema, in numbered steps. A step that was released is never changed. */
import { sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Db } from './database.ts'
import * as first from './migrations/0001_first.ts'
import * as wholeLife from './migrations/0002_whole_life.ts'
import * as events from './migrations/0003_events.ts'
import { DatabaseProblem } from './problem.ts'

const migrations: Record<string, Migration> = {
  '0001_first': first,
  '0002_whole_life': wholeLife,
  '0003_events': events,
}

/** @throws DatabaseProblem where a newer version has gone on from here. */
export async function migrate(db: Db): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  if (!/previously executed migration .* is missing/.test((error as Error).message)) throw error
  throw new DatabaseProblem(
    'A newer version of Restpoint has used this database. Start that version, or see "Going back" in docs/operating.md.',
    { cause: error },
  )
}

/** Whether it has all the steps that this version knows, and no others. Changes nothing. */
export async function isCurrent(db: Db): Promise<boolean> {
  const done = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  const known = Object.keys(migrations).sort()
  return done.rows.length === known.length && done.rows.every(({ name }, index) => name === known[index])
}
