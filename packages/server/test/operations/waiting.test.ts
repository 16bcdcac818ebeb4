import assert from 'node:assert/strict'
import { Deferred } from '../../src/operations/operation.ts'
import { test } from '../support/databases.ts'
import type { AnyKind } from '../support/engine.ts'
import { Hold } from '../support/hold.ts'
import { atStep } from '../support/spots.ts'
import { openToy, type Toy } from './toy.ts'

/** Waits at `build` as long as the array has something to wait for. */
const waiting = (kind: AnyKind, reasons: Deferred[]): AnyKind =>
  atStep('build', 'before the effect', async () => {
    const reason = reasons.shift()
    if (reason) throw reason
  })(kind)

const HOUR_MS = 3600_000

async function untilWaiting(toy: Toy, id: number): Promise<Awaited<ReturnType<Toy['row']>>> {
  for (;;) {
    const row = await toy.row(id)
    if (row.status === 'waiting') return row
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** Its time has come. */
async function comeBack(toy: Toy, id: number): Promise<void> {
  await toy.db.updateTable('operations').set({ run_after: 0 }).where('id', '=', id).execute()
}

/** What a step recorded is the kind's own to see to when it begins again; here nothing is recorded. */
const unrecorded = (kind: AnyKind): AnyKind => ({
  ...kind,
  steps: kind.steps.map(step => ({ ...step, record: async () => {} })),
})

test('what waits says for what, comes back, and goes on where it was', async t => {
  const toy = await openToy(t)
  const engine = toy.engine([waiting(toy.kind, [new Deferred('the rain', { delayMs: HOUR_MS })])])
  const id = await toy.request()
  await engine.start()
  const row = await untilWaiting(toy, id)
  assert.deepEqual([row.waits_for, row.step, row.lease_owner], ['the rain', 'build', null])
  await comeBack(toy, id)
  assert.equal((await engine.waitFor(id, 20_000))?.waits_for, null)
  assert.deepEqual(await toy.events(id), [
    'claimed',
    'step_done dig',
    'waiting',
    'claimed build',
    'step_done build',
    'step_done paint',
    'ended',
  ])
})

test('it comes back by itself', async t => {
  const toy = await openToy(t)
  const engine = toy.engine([waiting(toy.kind, [new Deferred('the rain', { delayMs: 20 })])], { pollMs: HOUR_MS })
  const id = await toy.request()
  await engine.start()
  assert.equal((await engine.waitFor(id, 20_000))?.status, 'completed')
})

test('from the start: the first step runs again, the output is empty, the bar does not fall', async t => {
  const toy = await openToy(t)
  const reasons = [new Deferred('the rain', { delayMs: HOUR_MS, fromStart: true })]
  const engine = toy.engine([unrecorded(waiting(toy.kind, reasons))])
  const id = await toy.request()
  await engine.start()
  const row = await untilWaiting(toy, id)
  assert.deepEqual([row.step, row.output, row.progress], [null, '{}', 1 / 3])
  await comeBack(toy, id)
  await engine.waitFor(id, 20_000)
  assert.deepEqual(toy.log, [`${id} dig`, `${id} dig`, `${id} build`, `${id} paint`, `${id} completed`])
})

test('beginning again does not turn the bar back', async t => {
  const toy = await openToy(t)
  const hold = new Hold()
  const reasons = [new Deferred('the rain', { delayMs: 1, fromStart: true })]
  const late = atStep('paint', 'before the effect', async () => {
    const reason = reasons.shift()
    if (reason) throw reason
  })
  let builds = 0
  const again = atStep('build', 'before the effect', async () => {
    if (++builds === 2) await hold.wait()
  })
  const engine = toy.engine([unrecorded(again(late(toy.kind)))])
  const id = await toy.request()
  await engine.start()
  await hold.reached
  assert.equal((await toy.row(id)).progress, 2 / 3)
  hold.release()
  await engine.waitFor(id, 20_000)
})

const growing = {
  what: 'what waits again and again is looked at less and less often',
  isSteady: false,
  delays: [1, 2, 4, 8],
}
const steady = { what: 'unless it is steady', isSteady: true, delays: [1, 1, 1, 1] }
for (const { what, isSteady, delays } of [growing, steady]) {
  test(what, async t => {
    const toy = await openToy(t)
    const reasons = delays.map(() => new Deferred('the rain', { delayMs: 1, isSteady }))
    let clock = 0
    const found: number[] = []
    const engine = toy.engine([waiting(toy.kind, reasons)], { now: () => clock })
    const id = await toy.request()
    await comeBack(toy, id)
    await engine.start()
    for (let n = 0; n < delays.length; n++) {
      const { run_after } = await untilWaiting(toy, id)
      found.push(run_after - clock)
      clock = run_after
      engine.wake()
      while ((await toy.row(id)).attempts === n + 1) await new Promise(resolve => setTimeout(resolve, 5))
    }
    assert.deepEqual(found, delays)
    await engine.waitFor(id, 20_000)
    await engine.stop()
  })
}
