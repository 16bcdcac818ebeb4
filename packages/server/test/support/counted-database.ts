/**
 * A database whose every statement counts as a side effect, on whatever connections another one has. Where a statement
 * is spoilt the connection is lost with it: nothing more comes through until it is given back, and what was begun is
 * rolled back, as the database itself does it. So a rollback is no effect that could fail.
 */
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  PostgresAdapter,
  PostgresQueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely'
import type { Db } from '../../src/db/database.ts'
import type { Database } from '../../src/db/schema.ts'
import { DatabaseUnavailable } from '../../src/db/unavailable.ts'
import { type Effects, Killed } from './effects.ts'

type Counter = Pick<Effects, 'isDead' | 'around'>

export function countedDatabase(db: Db, effects: Counter): Db {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => (isPostgres ? new PostgresAdapter() : new SqliteAdapter()),
      createQueryCompiler: () => (isPostgres ? new PostgresQueryCompiler() : new SqliteQueryCompiler()),
      createIntrospector: () => db.introspection,
      createDriver: () => ({
        init: async () => {},
        acquireConnection: () => Connection.open(db, effects),
        beginTransaction: (connection, settings) => own(connection).begin(isPostgres ? startOf(settings) : 'begin'),
        commitTransaction: connection => own(connection).commit(),
        rollbackTransaction: connection => own(connection).rollback(),
        releaseConnection: async connection => own(connection).release(),
        destroy: async () => {},
      }),
    },
  })
}

const own = (connection: DatabaseConnection) => connection as Connection

/** As Kysely says it. */
function startOf({ isolationLevel, accessMode }: TransactionSettings): string {
  return `start transaction${isolationLevel ? ` isolation level ${isolationLevel}` : ''}${accessMode ? ` ${accessMode}` : ''}`
}

class Connection implements DatabaseConnection {
  readonly #base: DatabaseConnection
  readonly #effects: Counter
  readonly #giveBack: () => void
  #isInTransaction = false
  #isLost = false

  private constructor(base: DatabaseConnection, effects: Counter, giveBack: () => void) {
    this.#base = base
    this.#effects = effects
    this.#giveBack = giveBack
  }

  static open(db: Db, effects: Counter): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const released = Promise.withResolvers<void>()
      db.getExecutor()
        .provideConnection(base => {
          resolve(new Connection(base, effects, released.resolve))
          return released.promise
        })
        .catch(reject)
    })
  }

  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const name = nameOf(query.sql)
    return this.#counted(name, !this.#isInTransaction && !name.startsWith('select'), query)
  }

  streamQuery(): never {
    throw new Error('nobody streams')
  }

  async begin(text: string): Promise<void> {
    await this.#counted('begin', false, CompiledQuery.raw(text))
    this.#isInTransaction = true
  }

  async commit(): Promise<void> {
    await this.#counted('commit', true, CompiledQuery.raw('commit'), () => (this.#isInTransaction = false))
  }

  async rollback(): Promise<void> {
    if (this.#isInTransaction) await this.#base.executeQuery(CompiledQuery.raw('rollback'))
    this.#isInTransaction = false
  }

  release(): void {
    this.#giveBack()
  }

  async #counted<Row>(name: string, lasts: boolean, query: CompiledQuery, done = () => {}): Promise<QueryResult<Row>> {
    if (this.#effects.isDead) throw new Killed()
    if (this.#isLost) throw new DatabaseUnavailable(new Error('the connection is lost'))
    try {
      return await this.#effects.around({ port: 'database', name, lasts }, async () => {
        const result = await this.#base.executeQuery<Row>(query)
        done()
        return result
      })
    } catch (error) {
      this.#isLost = error instanceof DatabaseUnavailable
      throw error
    }
  }
}

/** What it does, and to which table first. */
function nameOf(sql: string): string {
  const verb = /^\s*(\w+)/.exec(sql)?.[1]?.toLowerCase().replace('with', 'select') ?? ''
  return `${verb} ${/\b(?:from|into|update) "(\w+)"/i.exec(sql)?.[1] ?? ''}`.trim()
}
