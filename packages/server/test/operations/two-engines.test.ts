/** Two engines on one database, each with connections of its own: no operation is anybody's twice. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Guard } from '../../src/db/postgres/guard.ts'
import { parsePostgresUrl } from '../../src/db/postgres/url.ts'
import { connect } from '../support/database.ts'
import { testOn } from '../support/databases.ts'
import { openToy, steps, type Toy } from './toy.ts'

const HOUR_MS = 3600_000

function second(t: TestContext, toy: Toy): Toy['db'] {
  const db = connect(toy.address)
  t.after(() => db.destroy())
  return db
}

// SQLite's two are two processes: processes.test.ts. A connection that waits there stops its whole process.
testOn('postgres', 'many operations in many lanes are each done once, whichever engine takes them', async t => {
  const toy = await openToy(t)
  const errors: unknown[] = []
  const log = { info: () => {}, warn: () => {}, error: (fields: object) => void errors.push(fields) }
  // The poll is the other's, too: both look at once, all the time.
  const engines = [toy.db, second(t, toy)].map(db => toy.engine([toy.kind], { db, log, pollMs: 5, limit: 4 }))
  for (const engine of engines) await engine.start()
  const ids: number[] = []
  for (let n = 0; n < 40; n++) {
    ids.push(await toy.request({ lane: `lane ${n % 8}` }))
    for (const engine of engines) engine.wake()
  }
  for (const id of ids) assert.equal((await engines[0]?.waitFor(id, 60_000))?.status, 'completed')
  for (const engine of engines) await engine.stop()
  const effects = toy.log.filter(line => !line.endsWith('completed'))
  assert.deepEqual(effects.toSorted(), ids.flatMap(id => steps.map(step => `${id} ${step}`)).toSorted())
  for (const id of ids) {
    const { attempts, fence } = await toy.row(id)
    assert.deepEqual([attempts, fence], [1, 1], `operation ${id}`)
  }
  assert.deepEqual(errors, [])
})

testOn('postgres', 'what another process enqueues is taken up at once', async t => {
  const toy = await openToy(t)
  const db = second(t, toy)
  const engine = toy.engine([toy.kind], { db, pollMs: HOUR_MS })
  await engine.start()
  const guard = new Guard(parsePostgresUrl(toy.address), {
    onEnqueued: () => engine.wake(),
    onEvents: () => {},
    onBack: () => {},
  })
  t.after(() => guard.close())
  assert.ok(await guard.take())
  const id = await toy.request()
  assert.equal((await engine.waitFor(id, 20_000))?.status, 'completed')
})
