/** All streams that are open: who may open one, when they are looked after, and how they end. */
import type { ServerResponse } from 'node:http'
import type { Db } from '../db/database.ts'
import { DatabaseUnavailable } from '../db/unavailable.ts'
import { Failure } from '../errors.ts'
import { throttled } from '../operations/throttle.ts'
import { forgetEvents, newestEvent, type Reader } from './store.ts'
import { Stream } from './stream.ts'

export interface FeedOptions {
  readonly db: Db
  /** Epoch ms. */
  readonly now: () => number
  readonly log: { warn(fields: object, text: string): void }
  /** How often it is seen that a connection lives, and that its client still reads, ms. Default: 15,000. */
  readonly heartbeatMs?: number
  /** How many events are kept. Default: 10,000. */
  readonly kept?: number
}

export interface Listener {
  readonly reader: Reader
  readonly expiresAt: number | null
  readonly after: number | undefined
  readonly response: ServerResponse
}

/** Of one token, and of all. */
const TOKEN_STREAMS = 10
const STREAMS = 500
/** Whatever happens within this is looked for at once. */
const PACE_MS = 40
const HEARTBEAT_MS = 15_000
/** Some hours of a busy host. */
const KEPT = 10_000
const FORGET_EVERY_MS = 60_000

export class Feed {
  readonly #options: FeedOptions
  readonly #streams = new Set<Stream>()
  #newest: number | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Events may have been committed. May be called as often as one likes. */
  readonly wake = throttled<void>(
    PACE_MS,
    () => performance.now(),
    () => void this.#look(),
  )

  /** Old events go from now on. */
  start(): void {
    this.#timer = setInterval(() => void this.forget(), FORGET_EVERY_MS).unref()
    void this.forget()
  }

  /** Those that are too old. */
  async forget(): Promise<void> {
    const { db, kept = KEPT } = this.#options
    await forgetEvents(db, kept).catch(error => this.#warn(error))
  }

  /** @throws Failure `rate_limited` where it has too many already, `unavailable`. */
  refuseIfFull(tokenId: number): void {
    const own = [...this.#streams].filter(stream => stream.tokenId === tokenId).length
    if (own >= TOKEN_STREAMS) {
      throw new Failure('rate_limited', `A token may have ${TOKEN_STREAMS} streams at once`, { retryAfter: 5 })
    }
    if (this.#isClosed) throw new Failure('unavailable', 'The service is going down', { retryAfter: 2 })
    if (this.#streams.size >= STREAMS) {
      throw new Failure('unavailable', `There are ${STREAMS} streams already`, { retryAfter: 30 })
    }
  }

  open(listener: Listener): void {
    const { db, now, heartbeatMs = HEARTBEAT_MS } = this.#options
    const stream: Stream = new Stream({
      db,
      now,
      heartbeatMs,
      ...listener,
      onEnd: () => this.#streams.delete(stream),
      onError: error => this.#warn(error),
    })
    this.#streams.add(stream)
  }

  /** No more are opened; those that are open end, and their clients resume at the next service. */
  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    for (const stream of [...this.#streams]) stream.end()
  }

  async #look(): Promise<void> {
    if (this.#streams.size === 0) return
    try {
      // One question, whatever the number of streams, where nothing that is told has happened.
      const newest = await newestEvent(this.#options.db)
      if (newest === this.#newest) return
      this.#newest = newest
      for (const stream of this.#streams) stream.look()
    } catch (error) {
      this.#warn(error)
    }
  }

  #warn(error: unknown): void {
    // Whoever else needs it says so, and streams look again by themselves.
    if (error instanceof DatabaseUnavailable) return
    this.#options.log.warn({ err: error }, 'events could not be read')
  }
}
