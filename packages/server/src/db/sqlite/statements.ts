/** Keeps prepared statements: parsing the same SQL again for every request costs more than running it. */
import type { Database, Statement } from 'better-sqlite3'
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import { orUnavailable } from './errors.ts'

const KEPT = 256

/**
 * What Kysely needs of a SQLite database, with statements kept by their text; the one used longest ago goes first.
 * `onCommit`: after everything that was written can be read.
 */
export function keepStatements(sqlite: Database, onCommit: () => void = () => {}): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>()
  return {
    prepare(text) {
      const known = kept.get(text)
      kept.delete(text)
      const statement = known ?? orUnavailable(() => asKyselyWants(sqlite, sqlite.prepare<unknown[]>(text), onCommit))
      // A statement knows its columns from when it was prepared.
      if (/^\s*(create|alter|drop)\b/i.test(text)) kept.clear()
      else kept.set(text, statement)
      if (kept.size > KEPT) kept.delete(kept.keys().next().value as string)
      return statement
    },
    close: () => void sqlite.close(),
  }
}

function asKyselyWants(sqlite: Database, statement: Statement<unknown[]>, onCommit: () => void): SqliteStatement {
  // To SQLite a COMMIT writes nothing by itself.
  const mayCommit = !statement.readonly || /^commit\b/i.test(statement.source)
  const done = <Value>(value: Value): Value => {
    if (mayCommit && !sqlite.inTransaction) onCommit()
    return value
  }
  return {
    reader: statement.reader,
    all: parameters => done(orUnavailable(() => statement.all(parameters))),
    run: parameters => done(orUnavailable(() => statement.run(parameters))),
    iterate: parameters => statement.iterate(parameters) as IterableIterator<unknown>,
  }
}
