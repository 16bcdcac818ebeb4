/** Whoever reads what is after the last event that he has seen misses none, however many write at once. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { inTransaction, type Trx } from '../../src/db/database.ts'
import { readEvents } from '../../src/events/store.ts'
import { connect, openTestDatabase } from '../support/database.ts'
import { kindOf, test, testOn } from '../support/databases.ts'

const WRITERS = 8
const EACH = 30

test('many that commit at once, in any order, slowly, twice at once or not at all', { timeout: 120_000 }, async t => {
  const database = await openTestDatabase(kindOf(t))
  const { db, accountId } = database
  const write = async (name: string, pauseMs: number) => {
    const token = { account_id: accountId, name, permissions: '["admin"]', created_at: 0, expires_at: null }
    await inTransaction(db, async trx => {
      await trx
        .insertInto('tokens')
        .values({ ...token, digest: name })
        .execute()
      await sleep(pauseMs)
      if (name.endsWith('7')) throw new Error('taken back')
      await trx
        .insertInto('tokens')
        .values({ ...token, digest: `${name} too`, name: `${name} too` })
        .execute()
    }).catch(error => assert.equal((error as Error).message, 'taken back'))
  }
  await write('reader', 0)
  const { id: tokenId } = await db
    .selectFrom('tokens')
    .select('id')
    .where('name', '=', 'reader')
    .executeTakeFirstOrThrow()
  // SQLite has one connection a process.
  const reading = database.kind === 'sqlite' ? db : connect(database.address)
  t.after(async () => {
    if (reading !== db) await reading.destroy()
    await database.close()
  })
  let isDone = false
  const seen: number[] = []
  const read = async () => {
    for (let at = 0, last = false; ; ) {
      last = isDone
      const found = await readEvents(reading, { tokenId, accountId, permissions: ['admin'] }, at, 0, 7)
      assert.ok(found)
      seen.push(...found.rows.map(({ id }) => id))
      at = found.isMore ? (found.rows.at(-1)?.id as number) : found.newest
      if (last && !found.isMore) return
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  const reader = read()
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let n = 0; n < EACH; n++) await write(`${writer}-${n}`, Math.random() * 5)
    }),
  )
  isDone = true
  await reader
  const all = await db.selectFrom('events').select('id').orderBy('id').execute()
  assert.deepEqual(
    seen,
    all.map(({ id }) => id),
  )
  // The account, the reader's two, and two of each that was not taken back.
  assert.equal(all.length, 1 + 2 + 2 * WRITERS * (EACH - 3))
})

testOn('postgres', 'a transaction that is open keeps nobody else from being told', async t => {
  const { db, accountId, close } = await openTestDatabase('postgres')
  t.after(close)
  const write = (trx: Trx, name: string) =>
    trx
      .insertInto('tokens')
      .values({ account_id: accountId, name, digest: name, permissions: '["admin"]', created_at: 0 })
      .execute()
  await inTransaction(db, async trx => {
    await write(trx, 'open')
    await inTransaction(db, other => write(other, 'at once'))
  })
  const events = await db.selectFrom('events').select('object_id').where('noun', '=', 'token').orderBy('id').execute()
  assert.deepEqual(
    events.map(({ object_id }) => object_id),
    [2, 1],
  )
})
