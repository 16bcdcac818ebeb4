/** Brings the database to the newest schema, in numbered steps. A step that was released is never changed. */
import type { CreateTableBuilder } from 'kysely'
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

/** A number that rises and is never given twice, also after the newest row was deleted. */
export function idColumn<Table extends string>(table: CreateTableBuilder<Table>): CreateTableBuilder<Table, 'id'> {
  return table.addColumn('id', 'integer', column => column.primaryKey().autoIncrement())
}
