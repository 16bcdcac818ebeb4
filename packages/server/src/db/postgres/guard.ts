/**
 * One connection of its own, for as long as the service runs. It holds the lock that says that this service alone uses
 * the database, and it listens for operations and events that were added. Lost, it is made anew; who has the lock by then
 * has it.
 */
import pg from 'pg'
import { connectionOptions } from './connection.ts'
import type { PostgresAddress } from './url.ts'
import { EVENTS_CHANNEL, OPERATIONS_CHANNEL } from './words.ts'

const LONGEST_PAUSE_MS = 1000
/** A connection whose other end has vanished without a word is found out by asking. */
const ASK_EVERY_MS = 10_000
const ANSWER_MS = 5000

/** Dropped by PostgreSQL when the session ends, however it ends. */
const takeLock = `select pg_try_advisory_lock(hashtextextended('restpoint: one service a database', 0)) as taken`

export interface GuardListener {
  /** Operations were added, perhaps by another process. */
  readonly onEnqueued: () => void
  /** Something has changed, perhaps by another process. */
  readonly onEvents: () => void
  /** The database was away, or somebody else's, and is ours again. */
  readonly onBack: () => void
}

export class Guard {
  readonly #address: PostgresAddress
  readonly #hear: GuardListener
  #client: pg.Client | undefined
  #isHeld = false
  #isClosed = false
  #timer: NodeJS.Timeout | undefined
  #attempts = 0

  constructor(address: PostgresAddress, hear: GuardListener) {
    this.#address = address
    this.#hear = hear
  }

  /** Whether this service, and no other, may use the database. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  /** Once. False if somebody else has the lock. @throws what `pg` throws where the database cannot be used. */
  async take(): Promise<boolean> {
    const client = new pg.Client({ ...connectionOptions(this.#address), query_timeout: ANSWER_MS })
    client.on('error', () => {})
    try {
      await client.connect()
      const { rows } = await client.query<{ taken: boolean }>(takeLock)
      if (rows[0]?.taken !== true) {
        await client.end()
        return false
      }
      client.on('notification', ({ channel }) => {
        if (channel === EVENTS_CHANNEL) this.#hear.onEvents()
        else this.#hear.onEnqueued()
      })
      await client.query(`listen ${OPERATIONS_CHANNEL}; listen ${EVENTS_CHANNEL}`)
      if (this.#isClosed) throw new Error('closed meanwhile')
    } catch (error) {
      client.end().catch(() => {})
      throw error
    }
    client.once('end', () => this.#lost(client))
    this.#client = client
    this.#isHeld = true
    this.#attempts = 0
    this.#later(ASK_EVERY_MS, () => this.#ask(client))
    return true
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#client?.end().catch(() => {})
  }

  async #ask(client: pg.Client): Promise<void> {
    try {
      await client.query('select 1')
      this.#later(ASK_EVERY_MS, () => this.#ask(client))
    } catch {
      this.#lost(client)
      client.end().catch(() => {})
    }
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#isHeld = false
    this.#again()
  }

  #again(): void {
    this.#later(Math.min(LONGEST_PAUSE_MS, 50 * 2 ** this.#attempts++), async () => {
      const isTaken = await this.take().catch(() => false)
      if (isTaken) this.#hear.onBack()
      else this.#again()
    })
  }

  #later(ms: number, work: () => Promise<void>): void {
    if (this.#isClosed) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void work(), ms).unref()
  }
}
