/** One operation on a host in memory, spoilt once; and what must be true when faults have ended and all is at rest. */
import assert from 'node:assert/strict'
import type { Db } from '../../../../packages/server/src/db/database.ts'
import type { OperationStatus } from '../../../../packages/server/src/db/schema.ts'
import type { DatabaseKind } from '../../../../packages/server/test/support/databases.ts'
import type { Effects } from '../../../../packages/server/test/support/effects.ts'
import { openSmallHost, type SmallHost } from '../../../../packages/server/test/support/small-host.ts'
import type { Attempt, Plan, Subject } from '../loop.ts'
import { verifyAtRest } from './invariants.ts'
import { type Change, type Hands, NextService, spoil } from './service.ts'

/** `absent`: the request was refused, and nothing was begun. */
export type Outcome = OperationStatus | 'absent'

export interface Story {
  /** As its route does it: what is asked of the host first, then the transaction. */
  request(hands: Hands): Promise<unknown>
  /** Beside what is true of every host: throws unless this outcome is what one sees. */
  verify(outcome: Outcome): Promise<void>
  /** Asks for the same once more, after this outcome; then `verify` is to see it completed. Left out: just so. */
  again?(hands: Hands, outcome: Outcome, rest: () => Promise<void>): Promise<unknown>
}

export interface Scenario {
  readonly during: string
  readonly kind: string
  open(host: SmallHost): Promise<Story>
}

export function subjectOf(scenario: Scenario, on: DatabaseKind, change: Change = kind => kind): Subject {
  const { during } = scenario
  return { during, on, attempt: plan => attempt(scenario, on, plan, change) }
}

async function attempt(
  scenario: Scenario,
  database: DatabaseKind,
  plan: Plan | undefined,
  change: Change,
): Promise<Attempt> {
  const host = await openSmallHost(database)
  let effects: Effects | undefined
  let lost: string | null = null
  try {
    const story = await scenario.open(host)
    const last = await lastOperation(host.db)
    const spoilt = await spoil(host, plan, change, story.request)
    effects = spoilt.effects
    if (effects.struck === undefined && spoilt.refusal !== undefined) throw spoilt.refusal
    await verifyAfterwards(host, story, scenario.kind, last, plan)
  } catch (error) {
    lost = error instanceof Error ? error.message : String(error)
  } finally {
    await host.close()
  }
  return { counted: effects?.counted ?? [], struck: effects?.struck, lost }
}

async function verifyAfterwards(
  host: SmallHost,
  story: Story,
  kind: string,
  last: number,
  plan: Plan | undefined,
): Promise<void> {
  const next = await NextService.start(host)
  try {
    const outcome = await outcomeOf(host.db, kind, last)
    if (plan?.fault !== 'it fails for ever' && plan?.fault !== 'it is refused') {
      assert.ok(outcome === 'completed' || outcome === 'absent', `it ended as ${outcome}, though it could be done`)
    }
    await verify(host, story, outcome)
    if (story.again) await story.again(next.hands, outcome, () => next.rest())
    else await story.request(next.hands)
    await next.rest()
    await verify(host, story, 'completed')
  } finally {
    await next.stop()
  }
}

async function verify(host: SmallHost, story: Story, outcome: Outcome): Promise<void> {
  await host.verify()
  await verifyAtRest(host)
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
