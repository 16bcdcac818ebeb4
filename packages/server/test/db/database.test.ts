import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { atOneInstant, inTransaction, lockServer } from '../../src/db/database.ts'
import { DatabaseUnavailable } from '../../src/db/unavailable.ts'
import { anyServer } from '../support/any-server.ts'
import { connect, openTestDatabase, type TestDatabase } from '../support/database.ts'
import { kindOf, test, testOn } from '../support/databases.ts'

const token = (accountId: number, name: string) => ({
  account_id: accountId,
  name,
  digest: name,
  permissions: '[]',
  created_at: 0,
})

async function open(t: TestContext): Promise<TestDatabase> {
  const database = await openTestDatabase(kindOf(t))
  t.after(database.close)
  return database
}

testOn('sqlite', 'a commit survives a power cut', async t => {
  const { db } = await open(t)
  const pragma = async (name: string) => {
    const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(db)
    return Object.values(rows[0] ?? {})[0]
  }
  assert.deepEqual(
    [await pragma('journal_mode'), await pragma('synchronous'), await pragma('foreign_keys')],
    ['wal', 2, 1],
  )
})

testOn('postgres', 'a session waits for nothing for ever, and tells who it is', async t => {
  const { db } = await open(t)
  const settings = ['application_name', 'TimeZone', 'statement_timeout', 'lock_timeout', 'fsync', 'synchronous_commit']
  const shown: string[] = []
  for (const name of [...settings, 'idle_in_transaction_session_timeout']) {
    const { rows } = await sql<Record<string, string>>`show ${sql.raw(name)}`.execute(db)
    shown.push(...Object.values(rows[0] ?? {}))
  }
  assert.deepEqual(shown, ['restpoint', 'UTC', '30s', '10s', 'on', 'on', '30s'])
})

test('references are kept', async t => {
  const { db } = await open(t)
  await assert.rejects(db.insertInto('tokens').values(token(999, 'a')).execute(), /foreign key/i)
})

test('what was committed is there after a SIGKILL, what was not is not', async t => {
  const { address, db, accountId } = await open(t)
  const script = `
    const { connect } = await import(${JSON.stringify(import.meta.resolve('../support/database.ts'))})
    const db = connect(${JSON.stringify(address)})
    const token = ${token.toString()}
    await db.insertInto('tokens').values(token(${accountId}, 'committed')).execute()
    await db.transaction().execute(async trx => {
      await trx.insertInto('tokens').values(token(${accountId}, 'begun')).execute()
      process.kill(process.pid, 'SIGKILL')
      await new Promise(() => {})
    })`
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  await assert.rejects(run, error => (error as { signal?: string }).signal === 'SIGKILL')
  const names = await db.selectFrom('tokens').select('name').execute()
  assert.deepEqual(names, [{ name: 'committed' }])
})

test('an id is never given twice, also after the newest row went', async t => {
  const { db, accountId } = await open(t)
  const insert = (name: string) =>
    db.insertInto('tokens').values(token(accountId, name)).returning('id').executeTakeFirstOrThrow()
  const first = await insert('a')
  await db.deleteFrom('tokens').where('id', '=', first.id).execute()
  assert.ok((await insert('b')).id > first.id)
})

test('numbers are numbers, also the largest ones and their sum', async t => {
  const { db, accountId } = await open(t)
  const large = Number.MAX_SAFE_INTEGER - 1
  const rows = [
    { ...token(accountId, 'a'), expires_at: large },
    { ...token(accountId, 'b'), expires_at: 1 },
  ]
  await db.insertInto('tokens').values(rows).execute()
  const row = await db
    .selectFrom('tokens')
    .select(eb => [eb.fn.max('expires_at').as('max'), eb.fn.sum('expires_at').as('sum'), eb.fn.countAll().as('count')])
    .executeTakeFirst()
  assert.deepEqual(row, { max: large, sum: large + 1, count: 2 })
})

test('what one transaction has checked stays true until it ends', async t => {
  const { db, accountId } = await open(t)
  const limit = 3
  const add = (n: number) =>
    inTransaction(db, async trx => {
      const rows = await trx.selectFrom('tokens').select('id').execute()
      await new Promise(resolve => setImmediate(resolve))
      if (rows.length < limit)
        await trx
          .insertInto('tokens')
          .values(token(accountId, `t${n}`))
          .execute()
    })
  await Promise.all(Array.from({ length: 12 }, (_, n) => add(n)))
  assert.equal((await db.selectFrom('tokens').select('id').execute()).length, limit)
})

test('what is read at one instant does not change meanwhile', async t => {
  const { db, address, accountId } = await open(t)
  const other = connect(address)
  t.after(() => other.destroy())
  const names = await atOneInstant(db, async trx => {
    const before = await trx.selectFrom('tokens').select('name').execute()
    await other.insertInto('tokens').values(token(accountId, 'a')).execute()
    return [...before, ...(await trx.selectFrom('tokens').select('name').execute())]
  })
  assert.deepEqual(names, [])
  assert.equal((await db.selectFrom('tokens').select('name').execute()).length, 1)
})

test('a locked server is locked for other connections until the transaction ends', async t => {
  const { db, address, kind } = await open(t)
  await addServer(db)
  const other = connect(address)
  t.after(() => other.destroy())
  // So that it need not be waited for.
  const impatient = { sqlite: sql`pragma busy_timeout = 0`, postgres: sql`set local lock_timeout = 1` }
  const lock = () =>
    other.transaction().execute(async trx => {
      if (kind === 'postgres') await impatient[kind].execute(trx)
      await lockServer(trx, 1)
    })
  if (kind === 'sqlite') await impatient[kind].execute(other)
  await inTransaction(db, async trx => {
    await lockServer(trx, 1)
    await assert.rejects(lock(), DatabaseUnavailable)
  })
  await lock()
})

test('only one operation merges a layer; many may use it', async t => {
  const { db, accountId } = await open(t)
  const { id: layerId } = await db
    .insertInto('layers')
    .values({ account_id: accountId, size_bytes: 1, format: 'qcow2', is_image: 0, state: 'live', created_at: 0 })
    .returning('id')
    .executeTakeFirstOrThrow()
  const lease = async (mode: 'use' | 'merge') => {
    const { id } = await db
      .insertInto('operations')
      .values({
        account_id: accountId,
        kind: 'x',
        lane: `${Math.random()}`,
        input: '{}',
        output: '{}',
        status: 'queued',
        direction: 'forward',
        progress: 0,
        attempts: 0,
        run_after: 0,
        fence: 0,
        created_at: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await db.insertInto('layer_leases').values({ layer_id: layerId, operation_id: id, mode }).execute()
  }
  await lease('use')
  await lease('use')
  await lease('merge')
  await assert.rejects(lease('merge'), /unique/i)
})

async function addServer(db: TestDatabase['db']): Promise<void> {
  await db.insertInto('images').values({ name: 'tiny', os_name: 'Tiny', created_at: 0 }).execute()
  await db
    .insertInto('servers')
    .values({ ...anyServer, account_id: 1, uuid: 'u', name: 'web', hostname: 'web', image_id: 1 })
    .execute()
}
