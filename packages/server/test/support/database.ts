/** A real database of one's own with one account: in a file, or in memory where many are made and no other process looks. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import SQLite from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import type { Db } from '../../src/db/database.ts'
import { migrate } from '../../src/db/migrate.ts'
import { Guard } from '../../src/db/postgres/guard.ts'
import { connectPostgres } from '../../src/db/postgres/open.ts'
import { parsePostgresUrl } from '../../src/db/postgres/url.ts'
import type { Database } from '../../src/db/schema.ts'
import { openSqlite } from '../../src/db/sqlite/open.ts'
import { keepStatements } from '../../src/db/sqlite/statements.ts'
import { wordsOf } from '../../src/db/words.ts'
import type { DatabaseKind } from './databases.ts'
import { type Content, givePostgresBack, takePostgres } from './postgres.ts'
import { areRepeated, connectRepeating } from './repeating.ts'

export interface EmptyDatabase {
  readonly db: Db
  readonly kind: DatabaseKind
  /** What `connect` takes, in this process or another: a file, or a URL. */
  readonly address: string
  /** One's own, gone when it is closed. */
  readonly folder: string
  /** Calls back after what may have been events was committed, as the service hears of it. Once. */
  listen(onEvents: () => void): Promise<void>
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

/** `content`: for PostgreSQL. */
export async function openEmptyDatabase(
  kind: DatabaseKind,
  { inMemory = false, content }: { readonly inMemory?: boolean; readonly content?: Content } = {},
): Promise<EmptyDatabase> {
  const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-db-'))
  const file = inMemory ? ':memory:' : path.join(folder, 'restpoint.db')
  const address = kind === 'sqlite' ? file : await takePostgres(content)
  let heard = () => {}
  let guard: Guard | undefined
  const db = kind === 'sqlite' ? openSqlite(address, () => heard()) : connect(address)
  if (kind === 'sqlite') await migrate(db)
  return {
    db,
    kind,
    address,
    folder,
    listen: async onEvents => {
      heard = onEvents
      if (kind === 'sqlite') return
      guard = new Guard(parsePostgresUrl(address), { onEnqueued: () => {}, onEvents, onBack: onEvents })
      await guard.take()
    },
    close: async () => {
      await guard?.close()
      await db.destroy()
      if (kind === 'postgres') givePostgresBack(address)
      await rm(folder, { recursive: true })
    },
  }
}

/** In memory: what is in this file of SQLite, and nobody else's. */
export async function openCopy(file: Buffer, accountId: number): Promise<TestDatabase> {
  const sqlite = new SQLite(file)
  sqlite.pragma('foreign_keys = ON')
  const db: Db = new Kysely<Database>({ dialect: new SqliteDialect({ database: keepStatements(sqlite) }) })
  const listen = () => Promise.reject(new Error('a copy hears nothing'))
  return { db, kind: 'sqlite', address: ':memory:', folder: tmpdir(), accountId, listen, close: () => db.destroy() }
}

/** What was made on SQLite, which is quicker, goes on on this kind. The first one is closed. */
export async function carryOver(from: TestDatabase, kind: DatabaseKind): Promise<TestDatabase> {
  if (from.kind === kind) return from
  const tables: Record<string, object[]> = {}
  for (const table of await from.db.introspection.getTables()) {
    const rows = await from.db
      .selectFrom(table.name as 'accounts')
      .selectAll()
      .execute()
    if (rows.length > 0) tables[table.name] = rows
  }
  // Of every table, also of those whose ids are nobody's business: else each claim would meet the events that are there.
  const givenIds = await wordsOf(from.db).givenIds(from.db)
  const to = await openEmptyDatabase(kind, { content: { rows: tables, givenIds } })
  await from.close()
  return { ...to, accountId: from.accountId }
}

/** A connection more to it. */
export function connect(address: string): Db {
  if (!address.startsWith('postgres:')) return openSqlite(address)
  return areRepeated() ? connectRepeating(address) : connectPostgres(parsePostgresUrl(address))
}
