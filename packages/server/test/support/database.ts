/** A real database of one's own with one account: in a file, or in memory where many are made and no other process looks. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Db } from '../../src/db/database.ts'
import { migrate } from '../../src/db/migrate.ts'
import { connectPostgres } from '../../src/db/postgres/open.ts'
import { parsePostgresUrl } from '../../src/db/postgres/url.ts'
import { openSqlite } from '../../src/db/sqlite/open.ts'
import type { DatabaseKind } from './databases.ts'
import { givePostgresBack, takePostgres } from './postgres.ts'

export interface EmptyDatabase {
  readonly db: Db
  readonly kind: DatabaseKind
  /** What `connect` takes, in this process or another: a file, or a URL. */
  readonly address: string
  /** One's own, gone when it is closed. */
  readonly folder: string
  close(): Promise<void>
}

export interface TestDatabase extends EmptyDatabase {
  readonly accountId: number
}

export async function openTestDatabase(kind: DatabaseKind, { inMemory = false } = {}): Promise<TestDatabase> {
  const database = await openEmptyDatabase(kind, { inMemory })
  const { id: accountId } = await database.db
    .insertInto('accounts')
    .values({ email: 'owner@example.test', first_name: '', last_name: '', company_name: '', created_at: 0 })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { ...database, accountId }
}

export async function openEmptyDatabase(kind: DatabaseKind, { inMemory = false } = {}): Promise<EmptyDatabase> {
  const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-db-'))
  const file = inMemory ? ':memory:' : path.join(folder, 'restpoint.db')
  const address = kind === 'sqlite' ? file : await takePostgres()
  const db = connect(address)
  if (kind === 'sqlite') await migrate(db)
  return {
    db,
    kind,
    address,
    folder,
    close: async () => {
      await db.destroy()
      if (kind === 'postgres') givePostgresBack(address)
      await rm(folder, { recursive: true })
    },
  }
}

/** A connection more to it. */
export function connect(address: string): Db {
  return address.startsWith('postgres:') ? connectPostgres(parsePostgresUrl(address)) : openSqlite(address)
}
