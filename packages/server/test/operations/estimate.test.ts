import assert from 'node:assert/strict'
import { test as plain } from 'node:test'
import { CompiledQuery } from 'kysely'
import { inWords, measured, newest } from '../../src/operations/estimate.ts'
import { openWorld } from '../http/harness.ts'
import { test, testOn } from '../support/databases.ts'

const words: [number, string][] = [
  [0, 'less than a second'],
  [999, 'less than a second'],
  [1000, 'about a second'],
  [12_400, 'about 12 seconds'],
  [99_400, 'about 99 seconds'],
  [100_000, 'about 2 minutes'],
  [600_000, 'about 10 minutes'],
]
for (const [ms, text] of words) plain(`${ms} ms is ${text}`, () => assert.equal(inWords(ms), text))

test('the median of the newest twenty that were completed, of this kind', async t => {
  const world = await openWorld(t, { engine: false })
  const add = async (kind: string, status: 'completed' | 'failed', took: number) => {
    await world.db
      .insertInto('operations')
      .values({
        account_id: world.accountId,
        kind,
        lane: 'x',
        input: '{}',
        output: '{}',
        status,
        direction: 'forward',
        progress: 1,
        attempts: 1,
        run_after: 0,
        fence: 1,
        created_at: 1000,
        ended_at: 1000 + took,
      })
      .execute()
  }
  assert.equal(await measured(world.db, 'a'), undefined)
  await add('a', 'failed', 5)
  await add('b', 'completed', 6)
  assert.equal(await measured(world.db, 'a'), undefined)
  for (const took of [900_000, 30, 10, 20]) await add('a', 'completed', took)
  assert.deepEqual(await measured(world.db, 'a'), { medianMs: 20, count: 4 })
  for (let i = 0; i < 20; i++) await add('a', 'completed', 7000)
  assert.deepEqual(await measured(world.db, 'a'), { medianMs: 7000, count: 20 })
  for (let i = 0; i < 20; i++) await add('a', 'completed', 9000)
  assert.deepEqual(await measured(world.db, 'a'), { medianMs: 9000, count: 20 })
})

testOn('sqlite', 'the newest are found without reading or sorting the whole history', async t => {
  const world = await openWorld(t, { engine: false })
  const { sql, parameters } = newest(world.db, 'a').compile()
  const { rows } = await world.db.executeQuery<{ detail: string }>(
    CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
  )
  assert.deepEqual(
    rows.map(row => row.detail),
    ['SEARCH operations USING INTEGER PRIMARY KEY (rowid>?)', 'SCALAR SUBQUERY 1', 'SEARCH operations'],
  )
})
