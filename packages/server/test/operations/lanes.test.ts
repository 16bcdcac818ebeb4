import assert from 'node:assert/strict'
import { test } from '../support/databases.ts'
import type { AnyKind } from '../support/engine.ts'
import { Hold } from '../support/hold.ts'
import { openToy, type Toy } from './toy.ts'

/** Each of these has one step, and counts how many of its kind are at it. */
function counting(toy: Toy, kind: string, background: boolean) {
  const count = { now: 0, most: 0, order: [] as number[], hold: new Hold() }
  const made: AnyKind = {
    ...toy.kind,
    kind,
    background,
    steps: [
      {
        name: 'work',
        weight: 1,
        run: async ({ operation }) => {
          count.order.push(operation.id)
          count.most = Math.max(count.most, ++count.now)
          await count.hold.wait()
          count.now--
          return undefined
        },
      },
    ],
  }
  return { count, kind: made }
}

test('first come, first served, one at a time, however often the engine is woken', async t => {
  const toy = await openToy(t)
  const engine = toy.engine([toy.kind])
  const ids: number[] = []
  for (let n = 0; n < 12; n++) ids.push(await toy.request())
  await engine.start()
  const waking = setInterval(() => engine.wake(), 0)
  for (const id of ids) assert.equal((await engine.waitFor(id, 20_000))?.status, 'completed')
  clearInterval(waking)
  await engine.stop()
  assert.deepEqual(
    toy.log,
    ids.flatMap(id => [`${id} dig`, `${id} build`, `${id} paint`, `${id} completed`]),
  )
  for (const id of ids) {
    assert.deepEqual(await toy.events(id), ['claimed', 'step_done dig', 'step_done build', 'step_done paint', 'ended'])
  }
})

test('one that waits holds its lane; another lane goes on', async t => {
  const toy = await openToy(t)
  const { count, kind } = counting(toy, 'slow', false)
  const engine = toy.engine([kind, toy.kind])
  const slow = await toy.request({ kind: 'slow' })
  const behind = await toy.request()
  const elsewhere = await toy.request({ lane: 'other' })
  await engine.start()
  await count.hold.reached
  assert.equal((await engine.waitFor(elsewhere, 20_000))?.status, 'completed')
  assert.equal((await toy.row(behind)).status, 'queued')
  count.hold.release()
  assert.equal((await engine.waitFor(behind, 20_000))?.status, 'completed')
  assert.equal((await toy.row(slow)).status, 'completed')
  await engine.stop()
})

test('the database itself refuses a second running operation in a lane', async t => {
  const toy = await openToy(t)
  const ids = [await toy.request(), await toy.request()]
  await assert.rejects(
    toy.db.updateTable('operations').set({ status: 'running' }).where('id', 'in', ids).execute(),
    /unique/i,
  )
})

test('no more than the limit run at once, and background work has a share of its own', async t => {
  const toy = await openToy(t)
  const [people, background] = [counting(toy, 'people', false), counting(toy, 'background', true)]
  const engine = toy.engine([people.kind, background.kind], { limit: 3, backgroundLimit: 2 })
  const ids: number[] = []
  // Background work is older, and more: nobody may have to wait behind it.
  for (let n = 0; n < 8; n++) ids.push(await toy.request({ kind: 'background', lane: `b${n}` }))
  for (let n = 0; n < 8; n++) ids.push(await toy.request({ kind: 'people', lane: `p${n}` }))
  await engine.start()
  await Promise.all([people.count.hold.reached, background.count.hold.reached])
  for (let n = 0; n < 5; n++) {
    engine.wake()
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  assert.deepEqual([people.count.now, background.count.now, engine.runningCount], [3, 2, 5])
  people.count.hold.release()
  background.count.hold.release()
  for (const id of ids) assert.equal((await engine.waitFor(id, 20_000))?.status, 'completed')
  assert.deepEqual([people.count.most, background.count.most], [3, 2])
  await engine.stop()
})
