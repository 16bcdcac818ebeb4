/** Transactions have one way in, so that all of them are serializable and repeated. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test as plain } from 'node:test'
import { inTransaction } from '../../src/db/database.ts'
import { DatabaseUnavailable } from '../../src/db/unavailable.ts'
import { openTestDatabase } from '../support/database.ts'
import { kindOf, test } from '../support/databases.ts'

const sources = path.resolve(import.meta.dirname, '../../src')

plain('nobody begins a transaction but db/database.ts', () => {
  const files = globSync('**/*.ts', { cwd: sources })
  const begun = files.filter(file =>
    /\.(transaction|startTransaction)\(/.test(readFileSync(path.join(sources, file), 'utf8')),
  )
  assert.deepEqual(begun, ['db/database.ts'])
})

const refused = (code: string) => Object.assign(new Error('refused'), { code })

for (const code of ['40001', '40P01', 'SQLITE_BUSY_SNAPSHOT']) {
  test(`${code}: it is run again until it gets through`, async t => {
    const { db, close } = await openTestDatabase(kindOf(t), { inMemory: true })
    t.after(close)
    let runs = 0
    const made = await inTransaction(db, async trx => {
      await trx
        .updateTable('accounts')
        .set({ first_name: `run ${++runs}` })
        .execute()
      if (runs < 4) throw refused(code)
      return runs
    })
    assert.equal(made, 4)
    const { first_name } = await db.selectFrom('accounts').select('first_name').executeTakeFirstOrThrow()
    assert.equal(first_name, 'run 4')
  })
}

test('not for ever: then the database cannot be used', async t => {
  const { db, close } = await openTestDatabase(kindOf(t), { inMemory: true })
  t.after(close)
  let runs = 0
  const endless = inTransaction(db, async () => {
    runs++
    throw refused('40001')
  })
  await assert.rejects(endless, error => error instanceof DatabaseUnavailable && error.facts.retryAfter === 5)
  assert.equal(runs, 20)
})

test('what violates a unique key is looked at again, and is what it is if that does not help', async t => {
  const { db, accountId, close } = await openTestDatabase(kindOf(t), { inMemory: true })
  t.after(close)
  const token = { account_id: accountId, name: 'x', digest: 'same', permissions: '[]', created_at: 0 }
  await db.insertInto('tokens').values(token).execute()
  const twice = inTransaction(db, trx => trx.insertInto('tokens').values(token).execute())
  await assert.rejects(twice, /unique/i)
})

test('two that look whether something is there, and make it, make one', async t => {
  const { db, accountId, close } = await openTestDatabase(kindOf(t), { inMemory: true })
  t.after(close)
  const token = { account_id: accountId, name: 'x', digest: 'same', permissions: '[]', created_at: 0 }
  const make = () =>
    inTransaction(db, async trx => {
      if (await trx.selectFrom('tokens').select('id').where('digest', '=', 'same').executeTakeFirst()) return 'there'
      await trx.insertInto('tokens').values(token).execute()
      return 'made'
    })
  const outcomes = await Promise.all(Array.from({ length: 8 }, make))
  assert.deepEqual(outcomes.sort(), ['made', ...Array(7).fill('there')])
})

test('an error of its own ends it at once, and leaves nothing', async t => {
  const { db, close } = await openTestDatabase(kindOf(t), { inMemory: true })
  t.after(close)
  let runs = 0
  const failing = inTransaction(db, async trx => {
    runs++
    await trx.updateTable('accounts').set({ first_name: 'changed' }).execute()
    throw new Error('of its own')
  })
  await assert.rejects(failing, /of its own/)
  assert.equal(runs, 1)
  assert.deepEqual(await db.selectFrom('accounts').select('first_name').execute(), [{ first_name: '' }])
})
