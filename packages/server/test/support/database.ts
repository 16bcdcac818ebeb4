/** A real database of one's own with one account: in a file, or in memory where many are made and no other process looks. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Db, openSqlite } from '../../src/db/database.ts'
import { migrate } from '../../src/db/migrate.ts'

export interface TestDatabase {
  readonly db: Db
  readonly file: string
  readonly accountId: number
  close(): Promise<void>
}

export async function openTestDatabase({ inMemory = false } = {}): Promise<TestDatabase> {
  const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-db-'))
  const file = inMemory ? ':memory:' : path.join(folder, 'restpoint.db')
  const db = openSqlite(file)
  await migrate(db)
  const { id: accountId } = await db
    .insertInto('accounts')
    .values({ email: 'owner@example.test', first_name: '', last_name: '', company_name: '', created_at: 0 })
    .returning('id')
    .executeTakeFirstOrThrow()
  return {
    db,
    file,
    accountId,
    close: async () => {
      await db.destroy()
      await rm(folder, { recursive: true })
    },
  }
}
