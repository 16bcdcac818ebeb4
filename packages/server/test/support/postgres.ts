/** Databases in a PostgreSQL of the tests' own: that of the whole run (test/run.ts), or one for this process alone. */
import pg from 'pg'
import { type Cluster, makeCluster, urlOf } from '../../../../test/support/postgres.ts'
import { migrate } from '../../src/db/migrate.ts'
import { connectPostgres } from '../../src/db/postgres/open.ts'
import { parsePostgresUrl } from '../../src/db/postgres/url.ts'

/** Databases that no test of this process uses now, by URL. */
const free: string[] = []
let made = 0
let own: Promise<Cluster> | undefined
// When nothing is left to do: a hook of node:test would come before what a test file still prepares.
process.once('beforeExit', async () => (await own)?.end())

/** The URL of an empty database with our tables; given back when the test is done with it. */
export async function takePostgres(): Promise<string> {
  const url = free.pop()
  if (url === undefined) return newWithTables()
  await empty(url)
  return url
}

async function newWithTables(): Promise<string> {
  const url = await newPostgres()
  const db = connectPostgres(parsePostgresUrl(url))
  await migrate(db)
  await db.destroy()
  return url
}

export function givePostgresBack(url: string): void {
  free.push(url)
}

/** The URL of one that has not even tables. */
export async function newPostgres(): Promise<string> {
  const folder = process.env['TEST_POSTGRES'] ?? (await (own ??= makeCluster())).folder
  const name = `test_${process.pid}_${++made}`
  await asAdmin(urlOf(folder, 'postgres'), client => client.query(`create database ${name}`))
  return urlOf(folder, name)
}

/** Emptying takes a millisecond, making a new one fifty. Whoever is still connected is thrown out. */
async function empty(url: string): Promise<void> {
  await asAdmin(url, async client => {
    const { rows } = await client.query<{ name: string; kind: 'r' | 'S' }>(
      `select quote_ident(relname) as name, relkind as kind from pg_class
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'S') and relname not like 'kysely%'`,
    )
    const names = (kind: 'r' | 'S') => rows.filter(row => row.kind === kind).map(row => row.name)
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid();
       set session_replication_role = replica;
       ${names('r')
         .map(name => `delete from ${name};`)
         .join(' ')}
       ${names('S')
         .map(name => `select setval('${name}', 1, false);`)
         .join(' ')}`,
    )
  })
}

/** Table → rows, in any order of the tables. */
export async function fillPostgres(url: string, tables: Readonly<Record<string, readonly object[]>>): Promise<void> {
  await asAdmin(url, async client => {
    await client.query('set session_replication_role = replica')
    for (const [table, rows] of Object.entries(tables)) {
      const name = pg.escapeIdentifier(table)
      const text = `insert into ${name} select * from json_populate_recordset(null::${name}, $1)`
      await client.query(text, [JSON.stringify(rows)])
    }
  })
}

async function asAdmin(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
