import assert from 'node:assert/strict'
import { inTransaction } from '../../src/db/database.ts'
import { highestIds, idTables, skipIds } from '../../src/db/ids.ts'
import { openEmptyDatabase } from '../support/database.ts'
import { kindOf, test } from '../support/databases.ts'

const values = (email: string) => ({ email, first_name: '', last_name: '', company_name: '', created_at: 0 })

test('the highest id that was given is known, also when its row is gone', async t => {
  const { db, close } = await openEmptyDatabase(kindOf(t), { inMemory: true })
  t.after(close)
  assert.deepEqual(await highestIds(db), Object.fromEntries(idTables.map(table => [table, 0])))
  await db.insertInto('accounts').values(values('a')).execute()
  await db.insertInto('accounts').values(values('b')).execute()
  await db.deleteFrom('accounts').where('email', '=', 'b').execute()
  assert.equal((await highestIds(db))['accounts'], 2)
})

test('ids that were skipped are not given', async t => {
  const { db, close } = await openEmptyDatabase(kindOf(t), { inMemory: true })
  t.after(close)
  await inTransaction(db, async trx => {
    await trx
      .insertInto('accounts')
      .values({ ...values('a'), id: 7 })
      .execute()
    await skipIds(trx, { accounts: 40, servers: 3 })
  })
  const { id } = await db.insertInto('accounts').values(values('b')).returning('id').executeTakeFirstOrThrow()
  assert.equal(id, 41)
  assert.deepEqual(await highestIds(db), { ...(await highestIds(db)), accounts: 41, servers: 3, layers: 0 })
})
