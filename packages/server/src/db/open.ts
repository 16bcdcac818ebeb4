/** Opens the service's own database, ready to be used: SQLite in a file, or PostgreSQL. */
import type { Db } from './database.ts'
import { migrate } from './migrate.ts'
import { openPostgres, type PostgresOptions } from './postgres/open.ts'
import { openSqlite } from './sqlite/open.ts'
import { keepRoom } from './sqlite/room.ts'

export interface OpenDatabase {
  readonly db: Db
  /** For people. */
  readonly name: string
  /** Whether this service, and no other, may use it; null where the lock of the state folder says so already. */
  readonly isHeld: (() => boolean) | null
  /** Ends what is open, and waits only so long for it. */
  close(): Promise<void>
}

export interface DatabaseOptions extends Omit<PostgresOptions, 'address'> {
  /** Null: SQLite. */
  readonly postgres: PostgresOptions['address'] | null
  /** Of SQLite. */
  readonly file: string
}

/** @throws DatabaseProblem where an operator has to do something first. */
export async function openDatabase({ postgres, file, ...options }: DatabaseOptions): Promise<OpenDatabase> {
  if (postgres) return openPostgres({ ...options, address: postgres })
  const db = openSqlite(file, options.onEvents)
  await migrate(db)
  await keepRoom(db)
  return { db, name: file, isHeld: null, close: () => db.destroy() }
}
