/** How far a step is is written now and then, and those who watch are told as often. */
import assert from 'node:assert/strict'
import { test } from '../support/databases.ts'
import type { AnyKind } from '../support/engine.ts'
import { openToy } from './toy.ts'

const TOLD = 20_000

test('however often it is told, few events come of it, and the last one always', { timeout: 60_000 }, async t => {
  const toy = await openToy(t)
  let took = 0
  const [dig, ...others] = toy.kind.steps as [AnyKind['steps'][number], ...AnyKind['steps']]
  const told: AnyKind['steps'][number] = {
    ...dig,
    run: async context => {
      const start = performance.now()
      for (let n = 1; n <= TOLD; n++) {
        context.progress((0.9 * n) / TOLD)
        if (n % 100 === 0) await new Promise(resolve => setImmediate(resolve))
      }
      // Nothing more is told, and nothing ends: what was told last has to be seen all the same.
      while ((await toy.row(context.operation.id)).progress < 0.9 / 3)
        await new Promise(resolve => setTimeout(resolve, 5))
      took = performance.now() - start
      return dig.run?.(context)
    },
  }
  const engine = toy.engine([{ ...toy.kind, steps: [told, ...others] }])
  const id = await toy.request()
  await engine.start()
  assert.equal((await engine.waitFor(id, 50_000))?.status, 'completed')
  const events = await toy.db
    .selectFrom('events')
    .select('progress')
    .where('object_id', '=', id)
    .where('noun', '=', 'operation')
    .orderBy('id')
    .execute()
  const ofStep = events.filter(({ progress }) => progress !== null && progress > 0 && progress < 1 / 3)
  assert.ok(ofStep.length <= 2 + took / 250, `${ofStep.length} in ${took} ms`)
  assert.ok(Math.abs((ofStep.at(-1)?.progress ?? 0) - 0.9 / 3) < 1e-9)
})

test('a step that is done is told once', { timeout: 60_000 }, async t => {
  const toy = await openToy(t)
  const engine = toy.engine([toy.kind])
  const id = await toy.request()
  await engine.start()
  await engine.waitFor(id, 50_000)
  const events = await toy.db
    .selectFrom('events')
    .select(['change', 'status', 'step', 'progress'])
    .where('object_id', '=', id)
    .where('noun', '=', 'operation')
    .orderBy('id')
    .execute()
  assert.deepEqual(
    events.map(({ change, status, step, progress }) => [change, status, step, Number(progress?.toFixed(2))]),
    [
      ['created', 'queued', null, 0],
      ['updated', 'running', null, 0],
      ['updated', 'running', 'dig', 0],
      ['updated', 'running', 'build', 0.33],
      ['updated', 'running', 'paint', 0.67],
      ['updated', 'completed', null, 1],
    ],
  )
})
