/** Brings the database to the newest schema, in numbered steps. A step that was released is never changed. */
import { type Migration, Migrator } from 'kysely/migration'
import type { Db } from './database.ts'
import * as first from './migrations/0001_first.ts'
import * as wholeLife from './migrations/0002_whole_life.ts'

const migrations: Record<string, Migration> = {
  '0001_first': first,
  '0002_whole_life': wholeLife,
}

export async function migrate(db: Db): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}
