/** Requests while the database is away, and when it is lost in the middle of one. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { connect, openEmptyDatabase } from '../support/database.ts'
import { testOn } from '../support/databases.ts'
import { Link } from '../support/link.ts'
import { openWorld } from './harness.ts'

async function openBehindLink(t: TestContext, options: { engine: boolean }) {
  const database = await openEmptyDatabase('postgres')
  const link = await Link.to(database.address)
  const db = connect(link.url)
  const close = async () => {
    await db.destroy()
    await link.close()
    await database.close()
  }
  return { link, world: await openWorld(t, { ...options, database: { db, close } }) }
}

testOn(
  'postgres',
  'while the database is away requests are told to come again, and afterwards all is well',
  async t => {
    const { world, link } = await openBehindLink(t, { engine: false })
    await link.down()
    for (const answer of [await world.call('snapshots/'), await world.create('one')]) {
      assert.deepEqual([answer.status, answer.body.code, answer.headers['retry-after']], [503, 'unavailable', '5'])
    }
    const { status, body } = await world.call('/readyz', { token: null })
    assert.deepEqual([status, body.checks.database], [503, false])
    assert.equal((await world.call('/healthz', { token: null })).status, 200)
    await link.up()
    assert.equal((await world.create('one')).status, 201)
    assert.equal((await world.call('/readyz', { token: null })).status, 200)
    assert.equal(await world.count('snapshots'), 1)
  },
)

for (const loss of ['before it arrives', 'after it was done'] as const) {
  testOn('postgres', `whichever question of a request is lost ${loss}, its key has one effect`, async t => {
    const { world, link } = await openBehindLink(t, { engine: false })
    // So that nothing is done for the first time in what follows.
    await world.create('first')
    let n = 0
    for (const key = (count: number) => ({ headers: { 'idempotency-key': `key-${count}` } }); ; ) {
      const before = await world.count('snapshots')
      link.loseAt(++n, loss)
      const first = await world.create('one', key(n))
      if (!link.hasLost) break
      const again = await world.create('one', key(n))
      const told = `question ${n}: ${first.status}, then ${again.status}`
      assert.ok([201, 503].includes(first.status), told)
      assert.equal(again.status, 201, told)
      if (first.status === 201) assert.equal(again.text, first.text, told)
      assert.equal(await world.count('snapshots'), before + 1, told)
      await world.db.updateTable('snapshots').set({ deleted_at: 1 }).execute()
    }
    assert.ok(n > 15, `only ${n} questions`)
  })
}

testOn('postgres', 'who waits for an operation is answered, though the database goes away', async t => {
  const { world, link } = await openBehindLink(t, { engine: false })
  const asked = world.create('one', { headers: { prefer: 'wait=1' } })
  while (world.waitedFor.length === 0) await new Promise(setImmediate)
  await link.down()
  const { status, body } = await asked
  assert.deepEqual([status, body.status], [201, 'in_progress'])
  await link.up()
})
