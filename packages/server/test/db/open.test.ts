/** What a service meets at its start, and what its operator reads. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import pg from 'pg'
import { keyed } from '../../../../test/support/postgres.ts'
import { openDatabase } from '../../src/db/open.ts'
import { parsePostgresUrl } from '../../src/db/postgres/url.ts'
import { DatabaseProblem } from '../../src/db/problem.ts'
import { testOn } from '../support/databases.ts'
import { Link } from '../support/link.ts'
import { newPostgres } from '../support/postgres.ts'

async function open(t: TestContext, url: string, { waitMs = 20_000, holderMs = 0 } = {}) {
  const said: string[] = []
  const opened = openDatabase({
    postgres: parsePostgresUrl(url),
    file: '/nowhere',
    say: line => said.push(line),
    onEnqueued: () => {},
    onEvents: () => {},
    onBack: () => {},
    waitMs,
    holderMs,
  })
  t.after(async () => (await opened.catch(() => undefined))?.close())
  return { opened, said }
}

/** What it says when it cannot be opened. */
async function problemOf(
  t: TestContext,
  url: string,
  limits?: { waitMs?: number; holderMs?: number },
): Promise<string> {
  const { opened } = await open(t, url, limits)
  const problem = await opened.then(
    () => assert.fail('it was opened'),
    error => error,
  )
  assert.ok(problem instanceof DatabaseProblem, problem)
  assert.ok(!problem.message.includes('secret') && !problem.message.includes(keyed.password), problem.message)
  return problem.message
}

/** The same place, with something in the URL changed. */
function changed(url: string, change: (url: URL) => void): string {
  const parsed = new URL(url.replace('@/', '@localhost/'))
  change(parsed)
  return parsed.href
}

async function makeKeyed(url: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  const make = `create role ${keyed.user} login password ${pg.escapeLiteral(keyed.password)}`
  await client.query(`do $$ begin ${make}; exception when duplicate_object then null; end $$`)
  await client.end()
}

testOn('postgres', 'an empty database gets its tables, and is held', async t => {
  const { opened, said } = await open(t, await newPostgres())
  const { db, isHeld } = await opened
  assert.equal(isHeld?.(), true)
  assert.deepEqual(await db.selectFrom('servers').selectAll().execute(), [])
  assert.deepEqual(said, [])
})

testOn('postgres', 'one that is not up yet is waited for, and that is said once', async t => {
  const link = await Link.to(await newPostgres())
  t.after(() => link.close())
  await link.down()
  const { opened, said } = await open(t, link.url)
  while (said.length === 0) await new Promise(setImmediate)
  await link.up()
  await opened
  assert.equal(said.length, 1)
  assert.match(said[0] ?? '', /^Waiting for the PostgreSQL database ".*" in .*: connect ENOENT/)
})

testOn('postgres', 'not for ever', async t => {
  const link = await Link.to(await newPostgres())
  t.after(() => link.close())
  await link.down()
  assert.match(
    await problemOf(t, link.url, { waitMs: 1 }),
    /Is it running there, and is RESTPOINT_DATABASE_URL right\?/,
  )
})

testOn('postgres', 'a second service is refused', async t => {
  const url = await newPostgres()
  await (await open(t, url)).opened
  assert.match(await problemOf(t, url), /^Another Restpoint uses the PostgreSQL database .* of its own\.$/)
})

testOn('postgres', 'a wrong password, and none', async t => {
  const url = await newPostgres()
  await makeKeyed(url)
  const as = (password: string) =>
    changed(url, parsed => {
      parsed.username = keyed.user
      parsed.password = password
    })
  assert.match(await problemOf(t, as('secret')), /The password of "keyed" is wrong/)
  assert.match(await problemOf(t, as('')), /"keyed" needs a password/)
  // The right one gets in, and is then not allowed to make anything.
  assert.match(
    await problemOf(t, as(encodeURIComponent(keyed.password))),
    /"keyed" may not make tables in it\. .*ALTER DATABASE \w+ OWNER TO keyed;/,
  )
})

testOn('postgres', 'no such database, no such host, no TLS, no certificate', async t => {
  const url = await newPostgres()
  const none = changed(url, parsed => (parsed.pathname = '/none'))
  assert.match(await problemOf(t, none), /There is no such database\. Make it: createdb --owner=restpoint none/)
  assert.match(await problemOf(t, 'postgres://a:secret@no.such.host.invalid/x'), /There is no host called "no\.such/)
  const withTls = changed(url, parsed => parsed.searchParams.set('sslmode', 'require'))
  assert.match(await problemOf(t, withTls), /It does not offer TLS/)
  const withFile = `${withTls}&sslrootcert=/no/such/file`
  assert.match(await problemOf(t, withFile), /Name a file that is there with sslrootcert/)
})

testOn('postgres', 'one that can only be read', async t => {
  const url = await newPostgres()
  const client = new pg.Client(url)
  await client.connect()
  const name = new URL(url.replace('@/', '@localhost/')).pathname.slice(1)
  await client.query(`alter database ${name} set default_transaction_read_only = on`)
  await client.end()
  assert.match(await problemOf(t, url), /It can only be read/)
})
