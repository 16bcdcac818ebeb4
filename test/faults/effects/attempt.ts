/** One operation on a host of its own, spoilt once; and what must be true when faults have ended and all is at rest. */
import assert from 'node:assert/strict'
import type { Db } from '../../../packages/server/src/db/database.ts'
import type { OperationStatus } from '../../../packages/server/src/db/schema.ts'
import type { Effects, Plan } from '../../../packages/server/test/support/effects.ts'
import { verifyAtRest } from './invariants.ts'
import type { Attempt, Subject } from './loop.ts'
import { type Change, NextService, type Requesting, spoil } from './service.ts'
import type { World } from './world.ts'

/** `absent`: the request was refused, and nothing was begun. */
export type Outcome = OperationStatus | 'absent'

export interface Story {
  /** As its route does it: what is asked of the host first, then the transaction. */
  request(hands: Requesting): Promise<unknown>
  /** Beside what is true of every host: throws unless this outcome is what one sees. */
  verify(outcome: Outcome): Promise<void>
  /** Asks for the same once more, after this outcome; then `verify` is to see it completed. Left out: just so. */
  again?(hands: Requesting, outcome: Outcome, rest: () => Promise<void>): Promise<unknown>
}

export interface Scenario {
  readonly during: string
  readonly kind: string
  /** What has happened on the host before. */
  prepare?(world: World): Promise<unknown>
  open(world: World): Promise<Story>
}

export interface Place {
  readonly on: Subject['on']
  /** A world of this scenario, prepared. */
  open(scenario: Scenario): Promise<World>
}

export function subjectOf(scenario: Scenario, place: Place, change: Change = kind => kind): Subject {
  const { during } = scenario
  return { during, on: place.on, attempt: plan => attempt(scenario, place, plan, change) }
}

async function attempt(scenario: Scenario, place: Place, plan: Plan | undefined, change: Change): Promise<Attempt> {
  const world = await place.open(scenario)
  let effects: Effects | undefined
  let lost: string | null = null
  try {
    const story = await scenario.open(world)
    const last = await lastOperation(world.db)
    const spoilt = await spoil(world, plan, change, story.request)
    effects = spoilt.effects
    if (effects.struck === undefined && spoilt.refusal !== undefined) throw spoilt.refusal
    await verifyAfterwards(world, story, scenario.kind, last, plan)
  } catch (error) {
    lost = error instanceof Error ? error.message : String(error)
  } finally {
    await world.close()
  }
  return { counted: effects?.counted ?? [], struck: effects?.struck, lost }
}

async function verifyAfterwards(
  world: World,
  story: Story,
  kind: string,
  last: number,
  plan: Plan | undefined,
): Promise<void> {
  const next = await NextService.start(world)
  try {
    const outcome = await outcomeOf(world.db, kind, last)
    if (plan?.fault !== 'it fails for ever' && plan?.fault !== 'it is refused') {
      assert.ok(outcome === 'completed' || outcome === 'absent', `it ended as ${outcome}, though it could be done`)
    }
    await verify(next, story, outcome)
    if (story.again) await story.again(next.hands, outcome, () => next.rest())
    else await story.request(next.hands)
    await next.rest()
    await verify(next, story, 'completed')
  } finally {
    await next.stop()
  }
}

async function verify({ world, hands }: NextService, story: Story, outcome: Outcome): Promise<void> {
  await verifyAtRest(hands)
  await world.verify()
  await story.verify(outcome)
}

async function lastOperation(db: Db): Promise<number> {
  const row = await db.selectFrom('operations').select('id').orderBy('id', 'desc').executeTakeFirst()
  return row?.id ?? 0
}

/** Of the newest: one may have taken another's place. */
async function outcomeOf(db: Db, kind: string, last: number): Promise<Outcome> {
  const row = await db
    .selectFrom('operations')
    .select('status')
    .where('id', '>', last)
    .where('kind', '=', kind)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return row?.status ?? 'absent'
}
