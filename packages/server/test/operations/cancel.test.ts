import assert from 'node:assert/strict'
import { Deferred } from '../../src/operations/operation.ts'
import { test } from '../support/databases.ts'
import { Hold } from '../support/hold.ts'
import { atStep } from '../support/spots.ts'
import { openToy } from './toy.ts'

test('one that is queued ends cancelled and does nothing', async t => {
  const toy = await openToy(t)
  const engine = toy.engine([toy.kind])
  const id = await toy.request()
  await toy.cancelRow(id)
  engine.cancel(id)
  await engine.start()
  assert.equal((await engine.waitFor(id, 20_000))?.status, 'cancelled')
  assert.deepEqual([[...toy.things], await toy.recorded()], [[], []])
  assert.equal(toy.log.includes(`${id} dig`), false)
  assert.equal((await toy.row(id)).error_code, 'cancelled')
  await engine.stop()
})

test('one that runs hears it at once and unwinds', async t => {
  const toy = await openToy(t)
  const heard = new Hold()
  const steps = toy.kind.steps.map(step => ({
    ...step,
    run: async (context: Parameters<NonNullable<typeof step.run>>[0]) => {
      const given = await step.run?.(context)
      if (step.name !== 'build') return given
      const aborted = new Promise((_, reject) =>
        context.signal.addEventListener('abort', () => reject(new Error('eh'))),
      )
      void heard.wait()
      await aborted
      return given
    },
  }))
  const engine = toy.engine([{ ...toy.kind, steps }])
  const id = await toy.request()
  await engine.start()
  await heard.reached
  await toy.cancelRow(id)
  engine.cancel(id)
  assert.equal((await engine.waitFor(id, 20_000))?.status, 'cancelled')
  assert.deepEqual([[...toy.things], await toy.recorded()], [[], []])
  await engine.stop()
})

test('the row alone is enough: the next step sees it', async t => {
  const toy = await openToy(t)
  const hold = new Hold()
  const engine = toy.engine([atStep('dig', 'after the effect', () => hold.wait())(toy.kind)])
  const id = await toy.request()
  await engine.start()
  await hold.reached
  await toy.cancelRow(id)
  hold.release()
  assert.equal((await engine.waitFor(id, 20_000))?.status, 'cancelled')
  assert.deepEqual(toy.log, [`${id} dig`, `${id} unbuild`, `${id} undig`, `${id} failed: cancelled`])
  await engine.stop()
})

test('one that waits does not wait any longer', async t => {
  const toy = await openToy(t)
  const rain = new Deferred('the rain', { delayMs: 3600_000 })
  const engine = toy.engine([atStep('build', 'before the effect', () => Promise.reject(rain))(toy.kind)], {})
  const id = await toy.request()
  await engine.start()
  while ((await toy.row(id)).status !== 'waiting') await new Promise(resolve => setTimeout(resolve, 5))
  await toy.cancelRow(id)
  engine.cancel(id)
  assert.equal((await engine.waitFor(id, 20_000))?.status, 'cancelled')
  assert.deepEqual([...toy.things], [])
  await engine.stop()
})

test('a kind that cannot be cancelled is not', async t => {
  const toy = await openToy(t)
  const hold = new Hold()
  const kind = { ...atStep('build', 'before the effect', () => hold.wait())(toy.kind), cancellable: false }
  const engine = toy.engine([kind])
  const id = await toy.request()
  await engine.start()
  await hold.reached
  await toy.cancelRow(id)
  engine.cancel(id)
  hold.release()
  assert.equal((await engine.waitFor(id, 20_000))?.status, 'completed')
  await engine.stop()
})

test('what ended is not cancelled any more', async t => {
  const toy = await openToy(t)
  const engine = toy.engine([toy.kind])
  const id = await toy.request()
  await engine.start()
  await engine.waitFor(id, 20_000)
  const before = await toy.row(id)
  engine.cancel(id)
  await engine.stop()
  assert.deepEqual(await toy.row(id), before)
})
