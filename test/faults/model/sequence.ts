/** One sequence: a beginning, whatever fast-check thinks of, and the end, when everything must come to rest. */
import fc from 'fast-check'
import type { DatabaseKind } from '../../../packages/server/test/support/databases.ts'
import { type Action, act, action, makeServer } from './actions.ts'
import { asWrong } from './judge.ts'
import { clear, comeToRest, examine } from './rest.ts'
import { type Strike, World } from './world.ts'

export interface Sequence {
  readonly actions: readonly Action[]
  readonly delays: readonly number[]
  readonly kept: number
}

export interface Outcome {
  readonly strikes: readonly Strike[]
  readonly trace: readonly string[]
  /** What was wrong; null: nothing. */
  readonly wrong: string | null
}

export const sequence: fc.Arbitrary<Sequence> = fc.record({
  actions: fc.array(action, { minLength: 15, maxLength: 70, size: 'max' }),
  /** Turns of the event loop that calls of the driver take, one after the other. */
  delays: fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 20, size: 'max' }),
  kept: fc.nat({ max: 10 }),
})

/** So that there is something to lose: what is written in between is part of it. */
const beginning = ['write', 'create', 'write', 'create', 'rest', 'clone', 'restore', 'write', 'rest', 'create']

export async function play(kind: DatabaseKind, { actions, delays, kept }: Sequence): Promise<Outcome> {
  const world = await World.open(kind, delays)
  let wrong: string | null = null
  try {
    await begin(world)
    for (const one of actions) {
      await world.boot()
      await act(world, one)
      await world.turns(one.turns)
      if (one.ms > 0) await world.pass(one.ms)
      await world.judge()
    }
    await comeToRest(world)
    await examine(world)
    await clear(world, kept)
  } catch (error) {
    wrong = asWrong(error).message
  } finally {
    await world.close()
  }
  const { strikes, trace } = world
  return { strikes, trace, wrong }
}

async function begin(world: World): Promise<void> {
  for (const account of [0, 1]) makeServer(world, account, false)
  await comeToRest(world)
  for (const [which, kind] of beginning.entries()) {
    if (kind === 'rest') await comeToRest(world)
    else await act(world, { kind, which, other: which, value: 1 + which, turns: 0, ms: 0 })
    await world.judge()
  }
}
