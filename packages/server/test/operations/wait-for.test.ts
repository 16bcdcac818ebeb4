import assert from 'node:assert/strict'
import { test } from '../support/databases.ts'
import { Hold } from '../support/hold.ts'
import { atStep } from '../support/spots.ts'
import { openToy } from './toy.ts'

test('waitFor: the row when it has ended, as it is when time is up, undefined when there is none', async t => {
  const toy = await openToy(t)
  const hold = new Hold()
  const engine = toy.engine([atStep('build', 'before the effect', () => hold.wait())(toy.kind)])
  const id = await toy.request()
  await engine.start()
  await hold.reached
  assert.equal((await engine.waitFor(id, 0))?.status, 'running')
  assert.equal((await engine.waitFor(id, 30))?.status, 'running')
  const ended = engine.waitFor(id, 20_000)
  hold.release()
  assert.equal((await ended)?.status, 'completed')
  assert.equal((await engine.waitFor(id, 0))?.status, 'completed')
  assert.equal(await engine.waitFor(id + 1, 20_000), undefined)
  await engine.stop()
})

test('waitFor also hears of an end in another process', async t => {
  const toy = await openToy(t)
  const engine = toy.engine([toy.kind])
  const other = toy.engine([])
  const id = await toy.request()
  const ended = other.waitFor(id, 20_000)
  await engine.start()
  assert.equal((await ended)?.status, 'completed')
  await engine.stop()
})

test('whoever listens hears of each end once, also after another listener broke', async t => {
  const toy = await openToy(t)
  const engine = toy.engine([toy.kind])
  const heard: number[] = []
  engine.onEnd(() => {
    throw new Error('broken')
  })
  engine.onEnd(({ id }) => heard.push(id))
  engine.onEnd(() => assert.fail('no longer listening'))()
  const ids = [await toy.request(), await toy.request({ lane: 'other' })]
  await engine.start()
  for (const id of ids) await engine.waitFor(id, 20_000)
  await engine.stop()
  assert.deepEqual(heard.sort(), ids)
})
