/** The database goes away in the middle of an operation, and comes back. Nobody's failure, and nothing is lost. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Failure } from '../../src/errors.ts'
import { connect } from '../support/database.ts'
import { testOn } from '../support/databases.ts'
import { Hold } from '../support/hold.ts'
import { Link, type Loss } from '../support/link.ts'
import { atStep } from '../support/spots.ts'
import { openToy, steps, type Toy } from './toy.ts'

async function openLink(t: TestContext): Promise<{ toy: Toy; link: Link; db: Toy['db'] }> {
  const toy = await openToy(t)
  const link = await Link.to(toy.address)
  t.after(() => link.close())
  const db = connect(link.url)
  t.after(() => db.destroy())
  return { toy, link, db }
}

const losses: Loss[] = ['before it arrives', 'after it was done']
for (const loss of losses) {
  testOn('postgres', `whichever question to the database is lost ${loss}, the operation completes once`, async t => {
    const { toy, link, db } = await openLink(t)
    let n = 0
    for (;;) {
      const engine = toy.engine([toy.kind], { db })
      await engine.start()
      link.loseAt(++n, loss)
      const id = await toy.request()
      engine.wake()
      const row = await engine.waitFor(id, 20_000)
      await engine.stop()
      assert.equal(row?.status, 'completed', `question ${n}: ${row?.error_detail}`)
      await assertDoneOnce(toy, id, `question ${n}`)
      if (!link.hasLost) break
    }
    // A claim, three steps and the end.
    assert.ok(n > 20, `only ${n} questions`)
  })

  testOn('postgres', `whichever question is lost ${loss} on the way back, everything is taken back once`, async t => {
    const { toy, link, db } = await openLink(t)
    const failing = atStep('paint', 'after the effect', () => Promise.reject(new Failure('machine_failed', 'no paint')))
    let n = 0
    for (;;) {
      const engine = toy.engine([failing(toy.kind)], { db })
      await engine.start()
      link.loseAt(++n, loss)
      const id = await toy.request()
      engine.wake()
      const row = await engine.waitFor(id, 20_000)
      await engine.stop()
      assert.deepEqual([row?.status, row?.error_code], ['failed', 'machine_failed'], `question ${n}`)
      assert.deepEqual([[...toy.things], await toy.recorded()], [[], []], `question ${n}`)
      if (!link.hasLost) break
    }
    assert.ok(n > 20, `only ${n} questions`)
  })
}

testOn('postgres', 'an operation outlasts a database that is away, and is taken up as soon as it is back', async t => {
  const { toy, link, db } = await openLink(t)
  const hold = new Hold()
  const held = atStep('build', 'after the effect', () => hold.wait())(toy.kind)
  const said: string[] = []
  const log = { info: note, warn: note, error: (_: object, text: string) => said.push(`error: ${text}`) }
  function note(_: object, text: string): void {
    said.push(text)
  }
  // A lease of an hour: it is not waited for.
  const engine = toy.engine([held], { db, log, leaseMs: 3600_000 })
  await engine.start()
  const id = await toy.request()
  engine.wake()
  await hold.reached
  await link.down()
  hold.release()
  while (!said.includes('the database cannot be used: operations wait for it')) await new Promise(setImmediate)
  const ended = engine.waitFor(id, 60_000)
  await link.up()
  assert.equal((await ended)?.status, 'completed')
  await assertDoneOnce(toy, id, 'after it was away')
  assert.equal((await toy.row(id)).fence, 2)
  assert.deepEqual(said, [
    'goes on when the database is back',
    'the database cannot be used: operations wait for it',
    'the database is back',
  ])
})

/** Whatever was tried twice: recorded once, journalled once, and no failure of a step. */
async function assertDoneOnce(toy: Toy, id: number, when: string): Promise<void> {
  const wanted = steps.map(step => `${id}:${step}`)
  assert.deepEqual(
    (await toy.recorded()).filter(name => name.startsWith(`${id}:`)),
    wanted,
    when,
  )
  const events = (await toy.events(id)).filter(event => !event.startsWith('claimed'))
  assert.deepEqual(events, [...steps.map(step => `step_done ${step}`), 'ended'], when)
}
