/**
 * Keeps the records what the database is. Woken after every operation and every request that changes something, and
 * looks by itself now and then; nobody waits for it. What it cannot write it says in the log and tries again: the
 * records matter only when the database is lost. What was committed since the last record is lost with it then, which
 * is a fraction of a second's work unless the log says otherwise.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { atOneInstant, type Db } from '../db/database.ts'
import type { RecordFiles } from './files.ts'
import { type FileOf, readPicture } from './picture.ts'
import { recordedIds } from './rebuild/read.ts'
import type { Records } from './schema.ts'

export interface RecorderOptions {
  readonly db: Db
  readonly files: RecordFiles
  readonly fileOf: FileOf
  /** Also what changed by itself is recorded then, and what was done to the files is mended. */
  readonly everyMs: number
  readonly log: { error(fields: object, text: string): void; info(fields: object, text: string): void }
}

/** How many times as long as a look takes there is none, when one follows another. */
const PAUSES = 5

export class Recorder {
  readonly #options: RecorderOptions
  /** What the files say, as long as nobody else writes to them. */
  #known: Map<string, string> | undefined
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #again = false
  #stopped = false
  #isCurrent = true

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  /** False when the last look could not be written. */
  get isCurrent(): boolean {
    return this.#isCurrent
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#known = undefined
      this.wake()
    }, this.#options.everyMs)
    this.wake()
  }

  /** Records what there is by then. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.wake()
    this.#stopped = true
    while (this.#running) await this.#running
  }

  wake(): void {
    if (this.#running) {
      this.#again = true
      return
    }
    if (this.#stopped) return
    this.#running = this.#lookUntilDone().finally(() => (this.#running = undefined))
  }

  async #lookUntilDone(): Promise<void> {
    for (;;) {
      this.#again = false
      const began = performance.now()
      await this.#look().then(
        () => this.#noteSuccess(),
        error => this.#noteFailure(error),
      )
      if (!this.#again) return
      // On a host with much to record a look takes its time, and most of it belongs to the requests.
      if (!this.#stopped) await sleep(PAUSES * (performance.now() - began))
    }
  }

  /** Told when it begins and when it is over, not at every try. */
  #noteFailure(error: unknown): void {
    if (this.#isCurrent) this.#options.log.error({ err: error }, 'the records cannot be written')
    this.#isCurrent = false
    this.#known = undefined
  }

  #noteSuccess(): void {
    if (!this.#isCurrent) this.#options.log.info({}, 'the records are current again')
    this.#isCurrent = true
  }

  async #look(): Promise<void> {
    const { db, files, fileOf } = this.#options
    this.#known ??= await files.read()
    const known = this.#known
    const wanted = textsOf(await atOneInstant(db, trx => readPicture(trx, fileOf, recordedIds(known))))
    for (const [name, text] of wanted) {
      if (known.get(name) === text) continue
      await files.write(name, text)
      known.set(name, text)
    }
    for (const name of [...known.keys()].filter(name => !wanted.has(name))) {
      await files.remove(name)
      known.delete(name)
    }
  }
}

/** In the order in which they are written: nothing names what is not there yet, and no id is named that may be given again. */
export function textsOf(records: Records): Map<string, string> {
  const files: [string, unknown][] = [
    ['ids.json', records.ids],
    ['accounts.json', records.accounts],
    ...records.images.map((image): [string, unknown] => [`images/${image.id}.json`, image]),
    ...records.servers.map((server): [string, unknown] => [`servers/${server.id}.json`, server]),
  ]
  return new Map(files.map(([name, record]) => [name, `${JSON.stringify(record, null, 2)}\n`]))
}
