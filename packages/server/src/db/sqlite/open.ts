/**
 * Embedded SQLite. `synchronous=FULL`: a commit that was answered survives a power cut (the WAL default does not).
 * One connection: Kysely lets one transaction through at a time, so checks and writes in one transaction are atomic.
 */
import { closeSync, openSync } from 'node:fs'
import SQLite from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import type { Db } from '../database.ts'
import type { Database } from '../schema.ts'
import { keepStatements } from './statements.ts'

/** `onCommit`: something that this process has written can be read. */
export function openSqlite(file: string, onCommit: () => void = () => {}): Db {
  // Nobody else's to read; SQLite gives its journal files the same mode.
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600))
  const sqlite = new SQLite(file)
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = FULL')
  sqlite.pragma('foreign_keys = ON')
  sqlite.pragma('busy_timeout = 5000')
  return new Kysely<Database>({ dialect: new SqliteDialect({ database: keepStatements(sqlite, onCommit) }) })
}

/** Beside a service that uses it, or without one. Nothing can be written to it, and nobody has to wait for it. */
export function openSqliteToRead(file: string): Db {
  const sqlite = new SQLite(file, { readonly: true, fileMustExist: true })
  sqlite.pragma('busy_timeout = 5000')
  return new Kysely<Database>({ dialect: new SqliteDialect({ database: keepStatements(sqlite) }) })
}
