/**
 * One client's stream. It is read from the database only as fast as the client takes it, so a slow one costs no memory;
 * one that takes nothing at all is cut, and can resume.
 */
import type { ServerResponse } from 'node:http'
import type { Db } from '../db/database.ts'
import { DatabaseUnavailable } from '../db/unavailable.ts'
import { beginning, frame, heartbeat, reset } from './frames.ts'
import { type Reader, readEvents } from './store.ts'

export interface StreamOptions {
  readonly db: Db
  readonly now: () => number
  readonly heartbeatMs: number
  readonly reader: Reader
  /** Of the token, epoch ms; null: never. */
  readonly expiresAt: number | null
  /** The last event that the client has seen; undefined: none. */
  readonly after: number | undefined
  /** Its head is written. */
  readonly response: ServerResponse
  readonly onEnd: () => void
  /** Something else than the database being away. */
  readonly onError: (error: unknown) => void
}

/** Events that are read at once. */
const BATCH = 200
/** Beyond every id. */
const END = Number.MAX_SAFE_INTEGER

export class Stream {
  readonly #options: StreamOptions
  /** How far it is; undefined as long as that is not known. */
  #at: number | undefined
  #isReading = false
  #lookAgain = false
  #isOver = false
  /** Since the last beat it had to wait for its client all the time. */
  #isStuck = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: StreamOptions) {
    this.#options = options
    const { response } = options
    response.on('close', () => this.end())
    response.on('error', () => {})
    response.on('drain', () => {
      this.#isStuck = false
      this.look()
    })
    this.#beatLater()
    this.look()
  }

  get tokenId(): number {
    return this.#options.reader.tokenId
  }

  /** There may be something new, or the token may have come to its end. */
  look(): void {
    if (this.#isOver) return
    this.#lookAgain = true
    if (!this.#isReading) this.#read().catch(error => this.#failed(error))
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    const { response, onEnd } = this.#options
    onEnd()
    // What is not taken at once is not waited for.
    if (response.writableLength > 0) response.destroy()
    else response.end()
  }

  async #read(): Promise<void> {
    this.#isReading = true
    try {
      while (this.#lookAgain && !this.#isOver) {
        this.#lookAgain = false
        await this.#readOnce()
      }
    } finally {
      this.#isReading = false
    }
  }

  async #readOnce(): Promise<void> {
    const { db, now, reader, after, response } = this.#options
    const from = this.#at ?? after
    const reading = await readEvents(db, reader, from ?? END, now(), BATCH)
    if (this.#isOver) return
    if (!reading) return this.end()
    // It looks again when there is room.
    if (response.writableNeedDrain) return
    const { rows, newest, oldest, isMore } = reading
    const isKnown = from !== undefined && from >= oldest - 1 && from <= newest
    if (this.#at === undefined) response.write(beginning(isKnown ? from : newest))
    if (!isKnown) {
      this.#at = newest
      response.write(reset(newest))
      return
    }
    this.#at = isMore ? rows.at(-1)?.id : newest
    if (rows.length > 0) response.write(rows.map(frame).join(''))
    this.#lookAgain ||= isMore
  }

  #failed(error: unknown): void {
    // It is looked at again when there is something new, at the next beat at the latest.
    if (error instanceof DatabaseUnavailable) return
    this.#options.onError(error)
    this.end()
  }

  #beatLater(): void {
    const { now, heartbeatMs, expiresAt } = this.#options
    const left = expiresAt === null ? heartbeatMs : expiresAt - now() + 1
    this.#timer = setTimeout(() => this.#beat(), Math.max(1, Math.min(heartbeatMs, left))).unref()
  }

  #beat(): void {
    const { response } = this.#options
    if (this.#isStuck) return this.end()
    this.#isStuck = response.writableNeedDrain
    if (!this.#isStuck && this.#at !== undefined) response.write(heartbeat(this.#at))
    this.look()
    this.#beatLater()
  }
}
