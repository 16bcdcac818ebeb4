import assert from 'node:assert/strict'
import { Failure } from '../../src/errors.ts'
import { test, testOn } from '../support/databases.ts'
import type { AnyKind } from '../support/engine.ts'
import { atStep } from '../support/spots.ts'
import { openToy, type Toy } from './toy.ts'

async function run(toy: Toy, kind: AnyKind): Promise<number> {
  const engine = toy.engine([kind])
  const id = await toy.request({ input: { colour: 'red' } })
  await engine.start()
  await engine.waitFor(id, 20_000)
  await engine.stop()
  return id
}

const failing = (error: Error) => () => Promise.reject(error)

test('steps are given the input and what the steps before them gave', async t => {
  const toy = await openToy(t)
  const seen: unknown[] = []
  const steps = toy.kind.steps.map(step => ({
    ...step,
    run: async (context: Parameters<NonNullable<typeof step.run>>[0]) => {
      seen.push([context.input, Object.keys(context.output), context.operation.id])
      return step.run?.(context)
    },
  }))
  const id = await run(toy, { ...toy.kind, steps })
  const input = { colour: 'red' }
  assert.deepEqual(seen, [
    [input, [], id],
    [input, ['dig'], id],
    [input, ['dig', 'build'], id],
  ])
  const { output, progress, status, ended_at, lease_until } = await toy.row(id)
  assert.deepEqual(Object.keys(JSON.parse(output)), ['dig', 'build', 'paint'])
  assert.deepEqual([progress, status, ended_at === null, lease_until], [1, 'completed', false, null])
})

test('an expected failure unwinds at once, from its own step down to the first', async t => {
  const toy = await openToy(t)
  const error = new Failure('not_enough_space', 'no paint left')
  const id = await run(toy, atStep('paint', 'after the effect', failing(error))(toy.kind))
  assert.deepEqual(
    toy.log,
    ['dig', 'build', 'paint', 'unpaint', 'unbuild', 'undig', 'failed: not_enough_space'].map(text => `${id} ${text}`),
  )
  assert.deepEqual(await toy.events(id), [
    'claimed',
    'step_done dig',
    'step_done build',
    'step_failed paint',
    'step_undone paint',
    'step_undone build',
    'step_undone dig',
    'ended',
  ])
  const { status, error_code, error_detail } = await toy.row(id)
  assert.deepEqual([status, error_code, error_detail], ['failed', 'not_enough_space', 'no paint left'])
})

test('an unknown outcome is tried three times, then is an error of ours', async t => {
  const toy = await openToy(t)
  const id = await run(toy, atStep('build', 'after the effect', failing(new Error('no reply')))(toy.kind))
  assert.equal(toy.log.filter(line => line === `${id} build`).length, 3)
  const { status, error_code, error_detail } = await toy.row(id)
  assert.deepEqual([status, error_code], ['failed', 'internal_error'])
  assert.match(error_detail ?? '', /build.*no reply/)
})

test('an undo that does not work is never passed over: the operation waits for it, and says so', async t => {
  const toy = await openToy(t)
  let isStuck = true
  const steps: AnyKind['steps'] = toy.kind.steps.map(step => ({
    ...step,
    undo: async context => {
      if (step.name === 'build' && isStuck) throw new Error('stuck')
      return step.undo?.(context)
    },
  }))
  const failed = atStep('paint', 'before the effect', failing(new Failure('machine_failed', 'no')))
  const engine = toy.engine([failed({ ...toy.kind, steps })])
  const id = await toy.request()
  await engine.start()
  const waiting = async () => toy.db.selectFrom('operations').selectAll().executeTakeFirstOrThrow()
  while ((await waiting()).status !== 'waiting') await new Promise(resolve => setTimeout(resolve, 10))
  assert.equal((await waiting()).waits_for, 'the undo of build: stuck')
  assert.ok(toy.things.has(`${id}:build`), 'nothing before the stuck step was taken back')
  isStuck = false
  await toy.db.updateTable('operations').set({ run_after: 0 }).execute()
  engine.wake()
  assert.equal((await engine.waitFor(id, 20_000))?.status, 'failed')
  await engine.stop()
  assert.deepEqual([...toy.things], [])
})

test('what an undo gives joins the output, for the undos that follow and for its own record', async t => {
  const toy = await openToy(t)
  const seen: unknown[] = []
  const steps: AnyKind['steps'] = toy.kind.steps.map(step => ({
    ...step,
    undo: async ({ output }) => {
      seen.push([step.name, output['found']])
      return step.name === 'build' ? { found: true } : undefined
    },
    unrecord: async (_trx, { output }) => void seen.push([`record of ${step.name}`, output['found']]),
  }))
  const broken = atStep('paint', 'before the effect', failing(new Failure('machine_failed', 'no')))
  await run(toy, broken({ ...toy.kind, steps }))
  assert.deepEqual(seen, [
    ['paint', undefined],
    ['record of paint', undefined],
    ['build', undefined],
    ['record of build', true],
    ['dig', true],
    ['record of dig', true],
  ])
})

test('what the kind does at the end is in the transaction that ends it', async t => {
  const toy = await openToy(t)
  let tries = 0
  const completed: AnyKind['completed'] = async (trx, { operation }) => {
    const row = { account_id: toy.accountId, name: 'end', digest: 'end', permissions: '[]', created_at: operation.id }
    await trx.insertInto('tokens').values(row).execute()
    if (++tries === 1) throw new Error('once')
  }
  const id = await run(toy, { ...toy.kind, completed })
  assert.equal((await toy.row(id)).status, 'completed')
  assert.deepEqual(
    (await toy.recorded()).filter(name => name === 'end'),
    ['end'],
  )
})

// What a step tells is written without being waited for: only SQLite has written it when the next is read.
testOn('sqlite', 'progress never falls, and no step can push it out of its share', async t => {
  const toy = await openToy(t)
  const seen: number[] = []
  let clock = 0
  const steps: AnyKind['steps'] = toy.kind.steps.map(step => ({
    ...step,
    run: async context => {
      for (const fraction of [0.5, 0.2, 7, -1]) {
        clock += 1000
        context.progress(fraction)
        seen.push((await toy.row(context.operation.id)).progress)
      }
      return step.run?.(context)
    },
  }))
  const engine = toy.engine([{ ...toy.kind, steps }], { now: () => Date.now() + clock })
  const id = await toy.request()
  await engine.start()
  await engine.waitFor(id, 20_000)
  await engine.stop()
  const shares = [0.5, 0.5, 1, 1].map(fraction => fraction / 3)
  const expected = [0, 1, 2].flatMap(step => shares.map(share => step / 3 + share))
  assert.deepEqual(
    seen.map(progress => progress.toFixed(6)),
    expected.map(progress => progress.toFixed(6)),
  )
  assert.equal((await toy.row(id)).progress, 1)
})
