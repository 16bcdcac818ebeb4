/**
 * The database of a sequence: each life of the service has a connection of its own, which is cut when that life ends, as
 * a process that is killed leaves it: what was committed is there, and nothing of what was not.
 */
import SQLite from 'better-sqlite3'
import { Kysely, SqliteDialect, sql } from 'kysely'
import { atOneInstant, type Db } from '../../../packages/server/src/db/database.ts'
import { migrate } from '../../../packages/server/src/db/migrate.ts'
import type { Database } from '../../../packages/server/src/db/schema.ts'
import { orUnavailable } from '../../../packages/server/src/db/sqlite/errors.ts'
import { connect } from '../../../packages/server/test/support/database.ts'
import type { DatabaseKind } from '../../../packages/server/test/support/databases.ts'
import { Link } from '../../../packages/server/test/support/link.ts'
import { givePostgresBack, takePostgres } from '../../../packages/server/test/support/postgres.ts'
import { type Picture, queries } from './picture.ts'
import { pause, turn } from './time.ts'

/** Called before and after each statement on SQLite; what it throws, the statement throws. */
export type OnStatement = (when: 'before' | 'after', text: string) => void

export interface Connection {
  readonly db: Db
  /** The way to PostgreSQL; null: SQLite, to which there is none. */
  readonly link: Link | null
  cut(): Promise<void>
}

export interface Store {
  readonly kind: DatabaseKind
  connect(onStatement: OnStatement): Promise<Connection>
  /** All that the model looks at, as it is at one instant between two transactions. */
  picture(): Promise<Picture>
  /** For what no service has a part in. */
  readonly db: Db
  /** Until what this process has asked the database, and what it does upon the answers, is over. */
  settle(): Promise<void>
  /** Every connection to it ends. */
  endConnections(): Promise<void>
  close(): Promise<void>
}

export function openStore(kind: DatabaseKind): Promise<Store> {
  return kind === 'sqlite' ? openOnSqlite() : openOnPostgres()
}

/** Turns of the event loop in which everything that waits for nothing else comes to its end. */
const TURNS = 60

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await turn()
}

let empty: Buffer | undefined

async function openOnSqlite(): Promise<Store> {
  empty ??= await makeEmpty()
  const sqlite = new SQLite(empty)
  sqlite.pragma('foreign_keys = ON')
  const kept = new Map<string, SQLite.Statement<unknown[]>>()
  const prepare = (text: string) => {
    const statement = kept.get(text) ?? sqlite.prepare<unknown[]>(text)
    kept.set(text, statement)
    return statement
  }
  // Two at once on one connection would be in one transaction.
  const outside = async <Value>(work: () => Value): Promise<Value> => {
    while (sqlite.inTransaction) await turn()
    return work()
  }
  return {
    kind: 'sqlite',
    db: kyselyOf(prepare, () => {}),
    async connect(onStatement) {
      let isCut = false
      const db = kyselyOf(prepare, (when, text) => {
        if (!isCut) onStatement(when, text)
        if (isCut) throw new Error('this process is dead')
      })
      return {
        db,
        link: null,
        async cut() {
          isCut = true
          if (sqlite.inTransaction) sqlite.exec('rollback')
        },
      }
    },
    picture: () =>
      outside(() => {
        const read = Object.entries(queries).map(([name, text]) => [name, prepare(text).all()])
        return Object.fromEntries(read) as Picture
      }),
    settle: () => turns(TURNS),
    endConnections: async () => {},
    close: async () => void sqlite.close(),
  }
}

async function makeEmpty(): Promise<Buffer> {
  const sqlite = new SQLite(':memory:')
  await migrate(
    kyselyOf(
      text => sqlite.prepare(text),
      () => {},
    ),
  )
  const image = sqlite.serialize()
  sqlite.close()
  return image
}

type Prepare = (text: string) => SQLite.Statement<unknown[]>

function kyselyOf(prepared: Prepare, onStatement: OnStatement): Db {
  const around = <Value>(text: string, work: () => Value): Value =>
    orUnavailable(() => {
      onStatement('before', text)
      const value = work()
      onStatement('after', text)
      return value
    })
  const prepare = (text: string) => {
    const statement = prepared(text)
    return {
      reader: statement.reader,
      all: (parameters: readonly unknown[]) => around(text, () => statement.all([...parameters])),
      run: (parameters: readonly unknown[]) => around(text, () => statement.run([...parameters])),
      iterate: (parameters: readonly unknown[]) => statement.iterate([...parameters]) as IterableIterator<unknown>,
    }
  }
  return new Kysely<Database>({ dialect: new SqliteDialect({ database: { prepare, close: () => {} } }) })
}

async function openOnPostgres(): Promise<Store> {
  const address = await takePostgres()
  const db = connect(address)
  const count = async (condition: string) => {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
      and ${sql.raw(condition)}`.execute(db)
    return rows[0]?.count ?? 0
  }
  const links = new Set<Link>()
  return {
    kind: 'postgres',
    db,
    async connect() {
      const link = await Link.to(address)
      links.add(link)
      const own = connect(link.url)
      return {
        db: own,
        link,
        async cut() {
          links.delete(link)
          await link.close()
          void own.destroy().catch(() => {})
          // The kernel has closed its connections; what they were at is over when they are gone.
          while ((await count("application_name = 'restpoint' and state <> 'idle'")) > 0) await pause(1)
        },
      }
    },
    picture: () =>
      atOneInstant(db, async trx => {
        const picture: Record<string, unknown> = {}
        for (const [name, text] of Object.entries(queries)) picture[name] = (await sql.raw(text).execute(trx)).rows
        return picture as unknown as Picture
      }),
    async settle() {
      for (let quiet = 0; quiet < 4; ) {
        await turns(TURNS)
        await pause(1)
        quiet = (await count("state <> 'idle'")) === 0 ? quiet + 1 : 0
      }
    },
    async endConnections() {
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid()`.execute(db)
    },
    async close() {
      for (const link of links) await link.close()
      await db.destroy()
      givePostgresBack(address)
    },
  }
}
