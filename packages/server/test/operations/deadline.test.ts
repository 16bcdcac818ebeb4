import assert from 'node:assert/strict'
import { Deferred } from '../../src/operations/operation.ts'
import { test } from '../support/databases.ts'
import { Hold } from '../support/hold.ts'
import { atStep } from '../support/spots.ts'
import { openToy } from './toy.ts'

test('a step that takes too long hears it and is unwound', async t => {
  const toy = await openToy(t)
  const steps = toy.kind.steps.map(step => ({
    ...step,
    run: async (context: Parameters<NonNullable<typeof step.run>>[0]) => {
      const given = await step.run?.(context)
      if (step.name !== 'build') return given
      await new Promise((_, reject) =>
        context.signal.addEventListener('abort', () => reject(new Error('told to stop'))),
      )
      return given
    },
  }))
  const engine = toy.engine([{ ...toy.kind, steps, deadlineMs: 100 }])
  const id = await toy.request()
  await engine.start()
  const row = await engine.waitFor(id, 20_000)
  assert.deepEqual([row?.status, row?.error_code], ['failed', 'deadline_exceeded'])
  assert.ok((row?.deadline_at ?? 0) >= (row?.started_at ?? 0) + 100)
  assert.deepEqual([[...toy.things], await toy.recorded()], [[], []])
  await engine.stop()
})

test('it counts from the first claim, waiting included: an old one is unwound as soon as it is taken up', async t => {
  const toy = await openToy(t)
  const engine = toy.engine([{ ...toy.kind, deadlineMs: 60_000 }])
  const id = await toy.request()
  await toy.db
    .updateTable('operations')
    .set({ deadline_at: Date.now() - 1000, step: 'build', status: 'waiting', output: '{"dig":"x"}' })
    .execute()
  await engine.start()
  const row = await engine.waitFor(id, 20_000)
  assert.deepEqual([row?.status, row?.error_code], ['failed', 'deadline_exceeded'])
  assert.deepEqual(toy.log, [`${id} unbuild`, `${id} undig`, `${id} failed: deadline_exceeded`])
  await engine.stop()
})

test('one that was interrupted by the end of its process gets its time anew: nobody was there to be too slow', async t => {
  const toy = await openToy(t)
  const engine = toy.engine([{ ...toy.kind, deadlineMs: 60_000 }])
  const id = await toy.request()
  const long = Date.now() - 3600_000
  await toy.db
    .updateTable('operations')
    .set({ started_at: long, deadline_at: long + 60_000, status: 'running', lease_until: 0 })
    .execute()
  await engine.start()
  assert.equal((await engine.waitFor(id, 20_000))?.status, 'completed')
  await engine.stop()
})

test('waiting does not outlast it', async t => {
  const toy = await openToy(t)
  const rain = new Deferred('the rain', { delayMs: 3600_000 })
  const kind = atStep('build', 'before the effect', () => Promise.reject(rain))(toy.kind)
  const engine = toy.engine([{ ...kind, deadlineMs: 200 }])
  const id = await toy.request()
  await engine.start()
  const row = await engine.waitFor(id, 20_000)
  assert.deepEqual([row?.status, row?.error_code, row?.attempts], ['failed', 'deadline_exceeded', 2])
  await engine.stop()
})

test('an unwinding is not cut short by it', async t => {
  const toy = await openToy(t)
  const hold = new Hold()
  const slow = atStep('dig', 'before the undo', () => hold.wait())(toy.kind)
  const stuck = atStep('build', 'after the effect', () => new Promise(resolve => setTimeout(resolve, 150)))(slow)
  const engine = toy.engine([{ ...stuck, deadlineMs: 50 }])
  const id = await toy.request()
  await engine.start()
  await hold.reached
  hold.release()
  assert.equal((await engine.waitFor(id, 20_000))?.error_code, 'deadline_exceeded')
  assert.deepEqual([...toy.things], [])
  await engine.stop()
})
