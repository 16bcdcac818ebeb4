import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { inTransaction } from '../../src/db/database.ts'
import { claim, claimable } from '../../src/operations/claims.ts'
import * as journal from '../../src/operations/journal.ts'
import { StaleFence } from '../../src/operations/operation.ts'
import { connect } from '../support/database.ts'
import { test, testOn } from '../support/databases.ts'
import { Hold } from '../support/hold.ts'
import { atStep } from '../support/spots.ts'
import { openToy } from './toy.ts'

test('what a zombie still writes is refused', async t => {
  const { toy, id, hold, zombie } = await overtaken(t)
  const [row, events, recorded] = [await toy.row(id), await toy.events(id), await toy.recorded()]
  assert.equal(row.fence, 2)
  hold.release()
  await zombie.stop()
  assert.deepEqual([await toy.row(id), await toy.events(id), await toy.recorded()], [row, events, recorded])
})

test('a zombie whose step fails unwinds nothing of what its successor has done', async t => {
  const { toy, id, hold, zombie } = await overtaken(t)
  const before = [await toy.row(id), await toy.events(id), [...toy.things]]
  hold.release(new Error('too late'))
  await zombie.stop()
  assert.deepEqual([await toy.row(id), await toy.events(id), [...toy.things]], before)
})

/** The zombie hangs after an effect; its successor has done all of the operation meanwhile, and runs. */
async function overtaken(t: Pick<TestContext, 'after'>) {
  const toy = await openToy(t)
  const hold = new Hold()
  const zombie = toy.engine([atStep('build', 'after the effect', () => hold.wait())(toy.kind)])
  const id = await toy.request()
  await zombie.start()
  await hold.reached
  const engine = toy.engine([toy.kind])
  await engine.start()
  assert.equal((await engine.waitFor(id, 20_000))?.status, 'completed')
  return { toy, id, hold, zombie }
}

const claimant = (owner: string) => ({ owner, running: [] })

test('every write of a claim that was taken over throws, and changes nothing', async t => {
  const toy = await openToy(t)
  const { db } = toy
  const id = await toy.request()
  const old = await claim(db, id, claimant('one'), 1000, 10)
  assert.ok(old)
  assert.equal(await claim(db, id, claimant('two'), 1005, 10), undefined, 'the lease still stands')
  const taken = await claim(db, id, claimant('two'), 1011, 10)
  assert.ok(taken && taken.claim.fence > old.claim.fence)
  const before = await toy.row(id)
  await assert.rejects(journal.renew(db, old.claim, 9999), StaleFence)
  await assert.rejects(journal.update(db, old.claim, { output: '{"stolen":true}' }), StaleFence)
  await journal.raiseProgress(db, old.claim, 0.9)
  assert.deepEqual(await toy.row(id), before)
  await journal.renew(db, taken.claim, 9999)
  assert.equal((await toy.row(id)).lease_until, 9999)
})

test('the bar does not go back, whatever comes late', async t => {
  const toy = await openToy(t)
  const id = await toy.request()
  const held = await claim(toy.db, id, claimant('one'), 1000, 10)
  assert.ok(held)
  for (const progress of [0.5, 0.2, 0.6, 0.1]) await journal.raiseProgress(toy.db, held.claim, progress)
  assert.equal((await toy.row(id)).progress, 0.6)
})

test('what an engine holds and does not work on is its own to take up; nobody else may', async t => {
  const { db, request } = await openToy(t)
  const id = await request()
  assert.ok(await claim(db, id, claimant('one'), 1000, 10_000))
  const free = (owner: string, running: number[]) => claimable(db, { owner, running }, 1001, ['toy'], 10)
  assert.deepEqual([await free('one', []), await free('one', [id]), await free('two', [])], [[id], [], []])
  assert.equal(await claim(db, id, { owner: 'one', running: [id] }, 1001, 10), undefined)
  assert.equal(await claim(db, id, claimant('two'), 1001, 10), undefined)
  assert.equal((await claim(db, id, claimant('one'), 1001, 10))?.claim.fence, 2)
})

test('only the first of a lane can be claimed, also by who knows the id of the next', async t => {
  const { db, request } = await openToy(t)
  const [first, second] = [await request(), await request()]
  const now = Date.now()
  assert.deepEqual(await claimable(db, claimant('one'), now, ['toy'], 10), [first])
  assert.equal(await claim(db, second, claimant('one'), now, 10), undefined)
  assert.ok(await claim(db, first, claimant('one'), now, 10))
})

testOn('postgres', 'what another transaction has in its hands is passed over, and not waited for', async t => {
  const { db, address, request } = await openToy(t)
  const other = connect(address)
  t.after(() => other.destroy())
  const id = await request()
  await inTransaction(other, async trx => {
    await trx.updateTable('operations').set({ waits_for: 'a hand' }).where('id', '=', id).execute()
    assert.equal(await claim(db, id, claimant('one'), 1000, 10), undefined)
  })
  assert.ok(await claim(db, id, claimant('one'), 1000, 10))
})

test('a lease that looks old in its own process is not claimed twice', async t => {
  const toy = await openToy(t)
  const hold = new Hold()
  let offset = 0
  const engine = toy.engine([atStep('build', 'before the effect', () => hold.wait())(toy.kind)], {
    now: () => Date.now() + offset,
  })
  const id = await toy.request()
  await engine.start()
  await hold.reached
  offset = 3600_000
  for (let n = 0; n < 5; n++) {
    engine.wake()
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  hold.release()
  assert.equal((await engine.waitFor(id, 20_000))?.status, 'completed')
  assert.equal((await toy.row(id)).attempts, 1)
  await engine.stop()
})

test('a claim is prolonged as long as its step takes', async t => {
  const toy = await openToy(t)
  const hold = new Hold()
  const engine = toy.engine([atStep('build', 'before the effect', () => hold.wait())(toy.kind)], { leaseMs: 60 })
  const id = await toy.request()
  await engine.start()
  await hold.reached
  const before = (await toy.row(id)).lease_until as number
  while (((await toy.row(id)).lease_until as number) <= before) await new Promise(resolve => setTimeout(resolve, 10))
  hold.release()
  await engine.waitFor(id, 20_000)
  await engine.stop()
})
