/** The real service with its API, until it is killed: from then on nothing that it does has an effect. */
import type { InjectOptions } from 'light-my-request'
import { pino } from 'pino'
import type { Driver } from '../../../packages/server/src/drivers/driver.ts'
import { buildService, type Service } from '../../../packages/server/src/service.ts'
import { mortal } from '../../../packages/server/test/support/mortal.ts'
import { giveSeatBack, type Seat, takeSeat } from './seats.ts'
import type { Connection, Store } from './store.ts'
import { turn } from './time.ts'

export const SNAPSHOT_LIMIT = 4
const RESERVE_MB = 64
export const RESERVE_BYTES = RESERVE_MB * 1024 * 1024
const UNDO_HOURS = 24
const config = {
  snapshotLimit: SNAPSHOT_LIMIT,
  undoHours: UNDO_HOURS,
  reserveMb: RESERVE_MB,
  rateLimit: 0,
  trustedProxies: [],
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: the model says what it expects of it
  readonly body: any
}

export interface LifeOptions {
  readonly store: Store
  readonly driver: Driver
  readonly now: () => number
  /** Awaited before and after every call of the driver. */
  readonly pace: () => Promise<void>
  /** Whose timers are to be forgotten. */
  readonly onDeath: () => void
}

export class Life {
  readonly #options: LifeOptions
  readonly #death = Promise.withResolvers<'lost'>()
  #connection: Connection | undefined
  #mortal: ReturnType<typeof mortal> | undefined
  #service: Service | undefined
  #seat: Seat | undefined
  /** Requests that the API is at. */
  #asked = 0
  /** Effects until it is killed: calls of the driver and, on SQLite, statements, before and after each. */
  #left = Number.POSITIVE_INFINITY
  /** Statements until one fails; on SQLite. */
  #statementsLeft = Number.POSITIVE_INFINITY
  #cut: Promise<void> | undefined
  isDead = false

  private constructor(options: LifeOptions) {
    this.#options = options
  }

  /** Adopts what runs and takes up what was under way. It may be killed while it does. */
  static async begin(options: LifeOptions): Promise<Life> {
    const life = new Life(options)
    await life.#begin()
    return life
  }

  async #begin(): Promise<void> {
    const { store, now, pace } = this.#options
    this.#connection = await store.connect((when, text) => this.#statement(when, text))
    const own = mortal(this.#options.driver, this.#connection.db, async () => {
      await pace()
      this.#effect()
    })
    this.#mortal = own
    const { driver, db } = own
    const log = pino({ level: 'silent' })
    const settings = { snapshotLimit: SNAPSHOT_LIMIT, undoMs: UNDO_HOURS * 3600_000, reserveBytes: RESERVE_BYTES }
    const service = buildService({ db, driver, now, log, stopGraceMs: 1000, ...settings })
    this.#service = service
    this.#seat = await takeSeat(
      {
        ...{ db, driver, now, config, engine: service.engine },
        followCable: id => service.cables.follow(id),
        wakeCollector: () => service.collector.wake(),
      },
      store.kind === 'sqlite',
    )
    // A service that cannot start ends, and is started again.
    const started = service.start().catch(() => this.die())
    await Promise.race([started, this.#death.promise])
  }

  get link(): Connection['link'] {
    return this.#connection?.link ?? null
  }

  get collector(): Service['collector'] {
    return (this.#service as Service).collector
  }

  /** Resolves to `lost` when the service is killed before it has answered. */
  ask(options: InjectOptions): Promise<Reply | 'lost'> {
    if (this.isDead) return Promise.resolve('lost')
    this.#asked++
    const asked = (this.#seat as Seat).app.inject(options).finally(() => this.#asked--)
    const answer = asked.then(response => ({
      status: response.statusCode,
      headers: response.headers,
      body: response.body === '' ? undefined : JSON.parse(response.body),
    }))
    return Promise.race([answer, this.#death.promise])
  }

  /** It is killed at the nth effect from now. */
  dieAt(n: number): void {
    this.#left = n
  }

  /** The nth statement that writes, from now, fails as on a full disk. */
  failStatement(n: number): void {
    this.#statementsLeft = n
  }

  /** What was armed is taken back. */
  mend(): void {
    this.#left = Number.POSITIVE_INFINITY
    this.#statementsLeft = Number.POSITIVE_INFINITY
  }

  die(): void {
    if (this.isDead) return
    this.isDead = true
    this.#mortal?.die()
    this.#cut = this.#connection?.cut()
    this.#options.onDeath()
    this.#death.resolve('lost')
  }

  /** Until what it had begun to write is written, or not. */
  async buried(): Promise<void> {
    await this.#cut
    // What is not hanging has had its end by now.
    for (let n = 0; n < 5; n++) await turn()
    if (this.#seat && this.#asked === 0 && this.#options.store.kind === 'sqlite') giveSeatBack(this.#seat)
    this.#seat = undefined
  }

  #effect(): void {
    if (!this.isDead && --this.#left <= 0) this.die()
  }

  #statement(when: 'before' | 'after', text: string): void {
    this.#effect()
    if (this.isDead) throw new Error('this process is dead')
    if (when !== 'before' || !/^(insert|update|delete)\b/.test(text) || --this.#statementsLeft > 0) return
    this.#statementsLeft = Number.POSITIVE_INFINITY
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
  }
}
