/**
 * The pool of connections, as Kysely wants it: with errors of ours, statements that are parsed once a connection, and no
 * event that nobody listens to, which would end the process.
 */
import { hash } from 'node:crypto'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { DatabaseUnavailable } from '../unavailable.ts'
import { isUnavailable, translated } from './errors.ts'

const CONNECTIONS = 10

export function openPool(options: pg.ClientConfig): PostgresPool {
  const pool = new pg.Pool({ ...options, max: CONNECTIONS })
  const known = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  // An idle connection that is lost has left the pool already; one in use fails its statement, which is heard of there.
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))
  return {
    options: {},
    async connect() {
      const client = await pool.connect().catch(error => {
        throw new DatabaseUnavailable(error)
      })
      const wrapped = known.get(client) ?? wrap(client)
      known.set(client, wrapped)
      return wrapped
    },
    end: () => pool.end(),
  }
}

function wrap(client: pg.PoolClient): PostgresPoolClient {
  let isLost = false
  return {
    query: (async (text: string, values: unknown[]) => {
      try {
        return await client.query({ name: nameOf(text), text, values } as pg.QueryConfig)
      } catch (error) {
        isLost ||= isUnavailable(error)
        throw translated(error)
      }
    }) as unknown as PostgresPoolClient['query'],
    // What does not answer in time may still be at it, and would answer the next one's question.
    release: destroy => client.release(destroy || isLost),
  }
}

const KEPT = 256
const names = new Map<string, string>()

/**
 * PostgreSQL keeps a statement that has a name, parsed and planned, for as long as the connection lives. Those that come
 * when there are enough names (there are as many as lists have lengths) go without.
 */
function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= KEPT || !/^(select|insert|update|delete|with)\b/.test(text)) return known
  const name = hash('sha256', text, 'hex').slice(0, 32)
  names.set(text, name)
  return name
}
