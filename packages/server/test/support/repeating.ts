/** PostgreSQL where every transaction is in another one's way, and is run again. */
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely'
import type { Db } from '../../src/db/database.ts'
import { connectionOptions } from '../../src/db/postgres/connection.ts'
import { openPool } from '../../src/db/postgres/pool.ts'
import { parsePostgresUrl } from '../../src/db/postgres/url.ts'

let isOn = false
export const areRepeated = () => isOn

/** What connects while this works has every other of its serializable transactions refused when it commits. */
export async function whileTransactionsRepeat(work: () => Promise<void>): Promise<void> {
  isOn = true
  try {
    await work()
  } finally {
    isOn = false
  }
}

export function connectRepeating(url: string): Db {
  const pool = openPool(connectionOptions(parsePostgresUrl(url)))
  const known = new WeakMap<PostgresPoolClient, PostgresPoolClient>()
  let commits = 0
  const refuse = () => commits++ % 2 === 0
  const connect = async () => {
    const client = await pool.connect()
    const wrapped = known.get(client) ?? refusing(client, refuse)
    known.set(client, wrapped)
    return wrapped
  }
  return new Kysely({ dialect: new PostgresDialect({ pool: { ...pool, connect } }) })
}

function refusing(client: PostgresPoolClient, refuse: () => boolean): PostgresPoolClient {
  let isSerializable = false
  const query = async (text: string, values: readonly unknown[]) => {
    if (text.startsWith('start transaction')) isSerializable = text.includes('serializable')
    if (text !== 'commit' || !isSerializable || !refuse()) return client.query(text, values)
    await client.query('rollback', [])
    throw Object.assign(new Error('could not serialize access, says a test'), { code: '40001' })
  }
  return { query: query as PostgresPoolClient['query'], release: destroy => client.release(destroy) }
}
