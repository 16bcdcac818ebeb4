/** Services on a host in memory: one whose side effects are counted and spoilt, and the one that comes after it. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import type { Db } from '../../../../packages/server/src/db/database.ts'
import { planGarbage } from '../../../../packages/server/src/domain/layers.ts'
import type { Driver } from '../../../../packages/server/src/drivers/driver.ts'
import { Collector } from '../../../../packages/server/src/layers/collector.ts'
import { loadGraph, loadRoots } from '../../../../packages/server/src/layers/store.ts'
import { unended } from '../../../../packages/server/src/operations/journal.ts'
import { buildService } from '../../../../packages/server/src/service.ts'
import { counted } from '../../../../packages/server/test/support/counted-driver.ts'
import { Effects } from '../../../../packages/server/test/support/effects.ts'
import { type AnyKind, makeEngine, quiet } from '../../../../packages/server/test/support/engine.ts'
import type { SmallHost } from '../../../../packages/server/test/support/small-host.ts'
import type { Plan } from '../loop.ts'

/** What a request is made with. */
export interface Hands {
  readonly db: Db
  readonly driver: Driver
  /** Garbage collection comes by, once. */
  collect(): Promise<void>
}

export type Change = (kind: AnyKind) => AnyKind

/** Whatever still goes on then goes on in the next service. */
const PATIENCE_MS = 10_000

/** `work` in a service whose effects count from here on, until there is nothing more that it could do. */
export async function spoil(
  host: SmallHost,
  plan: Plan | undefined,
  change: Change,
  work: (hands: Hands) => Promise<unknown>,
): Promise<{ effects: Effects; refusal: unknown }> {
  const effects = new Effects()
  const base = host.memory.reopen()
  const servers = await host.db.selectFrom('servers').select('id').where('deleted_at', 'is', null).execute()
  await base.adopt(servers.map(({ id }) => id))
  const { driver, db } = counted(base, host.db, effects)
  // It looks only when it is told to: what it does does not depend on how long it takes.
  const engine = makeEngine(host.kindsOn(db, driver).map(change), { db, pollMs: 2 ** 30 })
  await engine.start()
  await idle(() => engine.runningCount === 0)
  const collect = async () => {
    const collector = new Collector({ db, driver, now: Date.now, everyMs: 2 ** 30, onMerges: () => {}, log: quiet })
    collector.wake()
    await collector.stop()
  }
  effects.count(plan)
  let refusal: unknown
  try {
    await work({ db, driver, collect })
  } catch (error) {
    refusal = error
  }
  engine.wake()
  await untilNothingMore(host.db, effects, engine)
  if (effects.isDead) void engine.stop(0)
  else await engine.stop(0)
  effects.end()
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
  readonly hands: Hands
  readonly #host: SmallHost
  readonly #service: ReturnType<typeof buildService>
  readonly #clock: { offset: number }

  private constructor(host: SmallHost, driver: Driver, clock: { offset: number }) {
    this.#host = host
    this.#clock = clock
    const { snapshotLimit, reserveBytes, undoMs } = host.deps
    this.#service = buildService({
      db: host.db,
      driver,
      now: () => Date.now() + clock.offset,
      snapshotLimit,
      reserveBytes,
      undoMs,
      stopGraceMs: 10,
      log,
    })
    this.hands = { db: host.db, driver, collect: async () => {} }
  }

  static async start(host: SmallHost): Promise<NextService> {
    const next = new NextService(host, host.memory.reopen(), { offset: 0 })
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
    for (let looks = 0; looks < 300; looks++) {
      engine.wake()
      await idle(() => engine.runningCount === 0)
      left = await this.#left()
      if (left.what.length === 0) return lookAtServers()
      if (left.isGarbage) collector.wake()
      if (left.isWaiting) this.#clock.offset += 31_000
    }
    assert.fail(`it does not come to rest: ${left.what.join(', ')}`)
  }

  async #left(): Promise<Left> {
    const { db } = this.#host
    const operations = await db
      .selectFrom('operations')
      .select(['id', 'kind', 'status', 'waits_for'])
      .where('status', 'in', unended)
      .execute()
    if (operations.length > 0) {
      const what = operations.map(({ id, kind, status, waits_for }) => `${kind} ${id} is ${status} (${waits_for})`)
      return { what, isWaiting: operations.every(({ status }) => status === 'waiting'), isGarbage: false }
    }
    const trash = await db.selectFrom('layers').select('id').where('state', '=', 'trash').execute()
    const { unlink, merge } = planGarbage(await loadGraph(db), await loadRoots(db))
    const garbage = [...trash.map(({ id }) => id), ...unlink, ...merge.map(({ garbage }) => garbage)]
    return { what: garbage.map(id => `layer ${id} is garbage`), isWaiting: false, isGarbage: garbage.length > 0 }
  }

  async stop(): Promise<void> {
    await this.#service.stop()
  }
}

const log = pino({ level: 'silent' })
