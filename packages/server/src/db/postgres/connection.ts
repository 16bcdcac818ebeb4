/** How we connect, and what every session of ours is set to. */
import { readFileSync } from 'node:fs'
import pg from 'pg'
import type { PostgresAddress } from './url.ts'

/** A statement of ours takes milliseconds. What takes longer than these waits for something that will not come. */
const LOCK_MS = 10_000
const STATEMENT_MS = 30_000
/** Nothing but the database is waited for in a transaction; who hangs there must not hold up everybody else. */
const IDLE_IN_TRANSACTION_MS = 30_000
/** Longer than the database itself takes to give up: then it is not there any more. */
const ANSWER_MS = STATEMENT_MS + 5000
const CONNECT_MS = 5000

export function connectionOptions(address: PostgresAddress): pg.ClientConfig {
  return {
    host: address.host,
    port: address.port,
    user: address.user,
    database: address.database,
    // A function, so that neither PGPASSWORD nor ~/.pgpass is looked at: what is not in the URL is not meant for us.
    password: address.password,
    ssl: tlsOf(address),
    application_name: 'restpoint',
    options: '-c timezone=UTC',
    lock_timeout: LOCK_MS,
    statement_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    query_timeout: ANSWER_MS,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser },
  }
}

function tlsOf({ tls, rootCertificate }: PostgresAddress): pg.ClientConfig['ssl'] {
  if (tls === 'disable') return false
  const ca = rootCertificate === null ? {} : { ca: readFileSync(rootCertificate, 'utf8') }
  return { rejectUnauthorized: tls === 'verify-full', ...ca }
}

/** `bigint` and the `numeric` of sums: our numbers stay below 2^53, and are numbers as from SQLite. */
const numbers = new Set<number>([pg.types.builtins.INT8, pg.types.builtins.NUMERIC])

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  return numbers.has(oid) ? Number : pg.types.getTypeParser(oid as never, format as never)
}
