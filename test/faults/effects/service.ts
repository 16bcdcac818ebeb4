/** Services on a world: one whose side effects are counted and spoilt, and the one that comes after it. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import type { Db } from '../../../packages/server/src/db/database.ts'
import { planGarbage } from '../../../packages/server/src/domain/layers.ts'
import type { Driver } from '../../../packages/server/src/drivers/driver.ts'
import { Collector } from '../../../packages/server/src/layers/collector.ts'
import { loadGraph, loadRoots } from '../../../packages/server/src/layers/store.ts'
import { unended } from '../../../packages/server/src/operations/journal.ts'
import { buildService } from '../../../packages/server/src/service.ts'
import { Effects, type Plan } from '../../../packages/server/test/support/effects.ts'
import { type AnyKind, makeEngine, quiet } from '../../../packages/server/test/support/engine.ts'
import { kindsOn } from '../../../packages/server/test/support/small-server.ts'
import type { Hands, World } from './world.ts'

/** What a request is made with. */
export interface Requesting extends Hands {
  /** Garbage collection comes by, once. */
  collect(): Promise<void>
}

export type Change = (kind: AnyKind) => AnyKind

/** Whoever is at it for longer is killed: the next service takes it up. */
const PATIENCE_MS = 5_000
/** For the next one to come to rest, when nothing fails any more. */
const REST_MS = 15_000

/** `work` in a service whose effects count from here on, until there is nothing more that it could do. */
export async function spoil(
  world: World,
  plan: Plan | undefined,
  change: Change,
  work: (hands: Requesting) => Promise<unknown>,
): Promise<{ effects: Effects; refusal: unknown }> {
  const effects = new Effects()
  const hands = await world.openSpoilt(effects)
  const { db, driver } = hands
  // It looks only when it is told to: what it does does not depend on how long it takes.
  const engine = makeEngine(kindsOn(db, driver).map(change), { db, pollMs: 2 ** 30 })
  await engine.start()
  await idle(() => engine.runningCount === 0)
  const collect = async () => {
    const collector = new Collector({ db, driver, now: Date.now, everyMs: 2 ** 30, onMerges: () => {}, log: quiet })
    collector.wake()
    await collector.stop()
  }
  effects.count(plan)
  const refused = work({ db, driver, collect }).then(
    () => undefined,
    (error: unknown) => error,
  )
  // Nobody answers for one that was killed.
  const refusal = await Promise.race([refused, effects.death])
  engine.wake()
  await untilNothingMore(world.db, effects, engine)
  if (engine.runningCount > 0) effects.die()
  if (effects.isDead) void engine.stop(0)
  else await engine.stop(0)
  effects.end()
  await world.closeSpoilt(hands)
  return { effects, refusal }
}

async function untilNothingMore(db: Db, effects: Effects, engine: ReturnType<typeof makeEngine>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline && !effects.isDead; ) {
    await sleep(1)
    if (engine.runningCount > 0) continue
    const rows = await db
      .selectFrom('operations')
      .select(['status', 'run_after'])
      .where('status', 'in', unended)
      .execute()
    if (rows.every(row => row.status === 'waiting' && row.run_after > Date.now())) return
    // The database is gone for good; for this service it will never be otherwise.
    if (effects.struck?.port === 'database' && effects.times > 4) return
    // As it does every second.
    if (effects.struck) engine.wake()
  }
}

async function idle(isIdle: () => boolean): Promise<void> {
  do await sleep(1)
  while (!isIdle())
}

interface Left {
  readonly what: readonly string[]
  /** All of it, for a time that may as well be now. */
  readonly isWaiting: boolean
  readonly isGarbage: boolean
}

/** As it is in earnest, on the same host; and time passes as quickly as one likes. */
export class NextService {
  readonly world: World
  readonly hands: Requesting
  readonly #service: ReturnType<typeof buildService>
  readonly #clock: { offset: number }

  private constructor(world: World, driver: Driver, clock: { offset: number }) {
    this.world = world
    this.#clock = clock
    const { db, deps } = world
    const now = () => Date.now() + clock.offset
    this.#service = buildService({ ...deps, db, driver, now, stopGraceMs: 10, log })
    this.hands = { db, driver, collect: async () => {} }
  }

  static async start(world: World): Promise<NextService> {
    const next = new NextService(world, await world.openDriver(), { offset: 0 })
    try {
      await next.#service.start()
      await next.rest()
    } catch (error) {
      await next.stop()
      throw error
    }
    return next
  }

  /** Until every operation has ended and nothing is garbage that could go. */
  async rest(): Promise<void> {
    const { engine, collector, lookAtServers } = this.#service
    let left: Left = { what: [], isWaiting: false, isGarbage: false }
    const end = performance.now() + REST_MS
    for (let pause = 1; performance.now() < end; pause = Math.min(50, pause * 1.2)) {
      engine.wake()
      await sleep(pause)
      await idle(() => engine.runningCount === 0)
      left = await this.#left()
      if (left.what.length === 0) return lookAtServers()
      if (left.isGarbage) collector.wake()
      if (left.isWaiting) this.#clock.offset += 31_000
    }
    assert.fail(`it does not come to rest: ${left.what.join(', ')}`)
  }

  async #left(): Promise<Left> {
    const { db } = this.hands
    const operations = await db
      .selectFrom('operations')
      .select(['id', 'kind', 'status', 'waits_for'])
      .where('status', 'in', unended)
      .execute()
    if (operations.length > 0) {
      const what = operations.map(({ id, kind, status, waits_for }) => `${kind} ${id} is ${status} (${waits_for})`)
      return { what, isWaiting: operations.every(({ status }) => status === 'waiting'), isGarbage: false }
    }
    // In this order: what is garbage may become trash in between.
    const { unlink, merge } = planGarbage(await loadGraph(db), await loadRoots(db))
    const trash = await db.selectFrom('layers').select('id').where('state', '=', 'trash').execute()
    const garbage = [...trash.map(({ id }) => id), ...unlink, ...merge.map(({ garbage }) => garbage)]
    return { what: garbage.map(id => `layer ${id} is garbage`), isWaiting: false, isGarbage: garbage.length > 0 }
  }

  async stop(): Promise<void> {
    await this.#service.stop()
    await this.hands.driver.close()
  }
}

const log = pino({ level: 'silent' })
