/** The session that holds a PostgreSQL database for one service, and hears of what is added. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { sql } from 'kysely'
import { inTransaction } from '../../src/db/database.ts'
import { Guard } from '../../src/db/postgres/guard.ts'
import { parsePostgresUrl } from '../../src/db/postgres/url.ts'
import { wordsOf } from '../../src/db/words.ts'
import { openTestDatabase } from '../support/database.ts'
import { testOn } from '../support/databases.ts'
import { Link } from '../support/link.ts'

async function open(t: TestContext) {
  const database = await openTestDatabase('postgres')
  t.after(database.close)
  const link = await Link.to(database.address)
  t.after(() => link.close())
  /** A guard, and what it has heard so far. */
  const guard = (url: string) => {
    const heard = { enqueued: 0, events: 0, back: 0 }
    const one = new Guard(parsePostgresUrl(url), {
      onEnqueued: () => void heard.enqueued++,
      onEvents: () => void heard.events++,
      onBack: () => void heard.back++,
    })
    t.after(() => one.close())
    return { one, heard }
  }
  return { db: database.db, address: database.address, link, guard }
}

const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise(resolve => setTimeout(resolve, 2))
}

testOn('postgres', 'one service has it, and the next only when that one has ended', async t => {
  const { address, guard } = await open(t)
  const [first, second] = [guard(address).one, guard(address).one]
  assert.deepEqual([await first.take(), first.isHeld], [true, true])
  assert.deepEqual([await second.take(), second.isHeld], [false, false])
  await first.close()
  // Its session ends a moment after it was told to.
  while (!(await second.take()));
  assert.equal(second.isHeld, true)
})

testOn('postgres', 'it hears what was enqueued, once that was committed, and nothing else', async t => {
  const { db, address, guard } = await open(t)
  const { one, heard } = guard(address)
  await one.take()
  const notify = () => inTransaction(db, trx => wordsOf(db).notify(trx))
  await assert.rejects(
    inTransaction(db, async trx => {
      await wordsOf(trx).notify(trx)
      throw new Error('rolled back')
    }),
  )
  await notify()
  await until(() => heard.enqueued > 0)
  // Had the first one been sent, it would have come before.
  assert.deepEqual(heard, { enqueued: 1, events: 0, back: 0 })
})

testOn('postgres', 'a lost session is made anew by itself, and listens again', async t => {
  const { db, link, guard } = await open(t)
  const { one, heard } = guard(link.url)
  await one.take()
  await link.down()
  await until(() => !one.isHeld)
  await link.up()
  await until(() => one.isHeld)
  assert.deepEqual(heard, { enqueued: 0, events: 0, back: 1 })
  await inTransaction(db, trx => wordsOf(db).notify(trx))
  await until(() => heard.enqueued > 0)
})

testOn('postgres', 'what another service has taken meanwhile it does not have, until that one has ended', async t => {
  const { address, link, guard } = await open(t)
  const [ours, theirs] = [guard(link.url), guard(address)]
  await ours.one.take()
  await link.down()
  await until(() => !ours.one.isHeld)
  while (!(await theirs.one.take()));
  const asked = link.asked
  await link.up()
  // Two tries, at the least.
  await until(() => link.asked >= asked + 4)
  assert.deepEqual([ours.one.isHeld, ours.heard.back], [false, 0])
  await theirs.one.close()
  await until(() => ours.one.isHeld)
})

testOn('postgres', 'a database that does not answer is not held', async t => {
  const { db, address, guard } = await open(t)
  const { one } = guard(address)
  await one.take()
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and query like 'listen%'`.execute(db)
  await until(() => !one.isHeld)
  await until(() => one.isHeld)
})
