import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { inTransaction, lockServer, openSqlite } from '../../src/db/database.ts'
import { openTestDatabase } from '../support/database.ts'

const token = (accountId: number, name: string) => ({
  account_id: accountId,
  name,
  digest: name,
  permissions: '[]',
  created_at: 0,
})

test('a commit survives a power cut, and references are kept', async t => {
  const { db, close } = await openTestDatabase()
  t.after(close)
  const pragma = async (name: string) => {
    const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(db)
    return Object.values(rows[0] ?? {})[0]
  }
  assert.deepEqual(
    [await pragma('journal_mode'), await pragma('synchronous'), await pragma('foreign_keys')],
    ['wal', 2, 1],
  )
  await assert.rejects(db.insertInto('tokens').values(token(999, 'a')).execute(), /FOREIGN KEY/)
})

test('what was committed is there after a SIGKILL, what was not is not', async t => {
  const { file, db, accountId, close } = await openTestDatabase()
  t.after(close)
  const script = `
    const { openSqlite } = await import(${JSON.stringify(import.meta.resolve('../../src/db/database.ts'))})
    const db = openSqlite(${JSON.stringify(file)})
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
  const { db, accountId, close } = await openTestDatabase()
  t.after(close)
  const insert = (name: string) =>
    db.insertInto('tokens').values(token(accountId, name)).returning('id').executeTakeFirstOrThrow()
  const first = await insert('a')
  await db.deleteFrom('tokens').where('id', '=', first.id).execute()
  assert.ok((await insert('b')).id > first.id)
})

test('transactions do not interleave: what one has checked stays true until it ends', async t => {
  const { db, accountId, close } = await openTestDatabase()
  t.after(close)
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

test('a locked server is locked for other connections until the transaction ends', async t => {
  const { db, file, close } = await openTestDatabase()
  t.after(close)
  const other = openSqlite(file)
  t.after(() => other.destroy())
  await sql`pragma busy_timeout = 0`.execute(other)
  await inTransaction(db, async trx => {
    await lockServer(trx, 1)
    await assert.rejects(
      other.transaction().execute(theirs => lockServer(theirs, 1)),
      /locked/,
    )
  })
  await other.transaction().execute(theirs => lockServer(theirs, 1))
})

test('only one operation merges a layer; many may use it', async t => {
  const { db, accountId, close } = await openTestDatabase()
  t.after(close)
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
  await assert.rejects(lease('merge'), /UNIQUE/)
})
