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

/** What is to be in a database from the beginning. */
export interface Content {
  /** Table → rows, in any order of the tables. */
  readonly rows: Readonly<Record<string, readonly object[]>>
  /** Table → the last id that was given. */
  readonly givenIds: Readonly<Record<string, number>>
}

/** The URL of a database with our tables and nothing else in it but this; given back when the test is done with it. */
export async function takePostgres(content: Content = { rows: {}, givenIds: {} }): Promise<string> {
  const url = free.pop() ?? (await newWithTables())
  await asAdmin(url, async client => client.query(`${await emptying(client)}${filling(content)}`))
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

/**
 * Emptying takes a millisecond, making a new one fifty. Whoever is still connected is thrown out. All of it is sent at
 * once, and is one transaction.
 */
async function emptying(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string; kind: 'r' | 'S' }>(
    `select quote_ident(relname) as name, relkind as kind from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'S') and relname not like 'kysely%'`,
  )
  const each = (kind: 'r' | 'S', statement: (name: string) => string) =>
    rows
      .filter(row => row.kind === kind)
      .map(({ name }) => statement(name))
      .join('')
  return `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid();
          set session_replication_role = replica;
          ${each('r', name => `delete from ${name};`)}
          ${each('S', name => `select setval('${name}', 1, false);`)}`
}

function filling({ rows, givenIds }: Content): string {
  const inserts = Object.entries(rows).map(([table, of]) => {
    const name = pg.escapeIdentifier(table)
    const json = pg.escapeLiteral(JSON.stringify(of))
    return `insert into ${name} select * from json_populate_recordset(null::${name}, ${json});`
  })
  const given = Object.entries(givenIds).map(
    ([table, id]) => `select setval(pg_get_serial_sequence(${pg.escapeLiteral(table)}, 'id'), ${id});`,
  )
  return [...inserts, ...given].join('')
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
