/**
 * One server's serial console: held for as long as its machine runs, and the next machine's after that; remembered, and
 * passed on to whoever watches. It is read whether anybody watches or not, because a guest waits for a console that is
 * held and not read.
 */
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Scrollback } from './scrollback.ts'

/** Of the machine: whether there is one to hear and to type to. */
export type LineState = 'running' | 'stopped'

/** None of these may throw. */
export interface LineWatcher {
  onOutput(bytes: Buffer): void
  onState(state: LineState): void
}

/** What was typed and the guest has not taken; what the kernel holds of it comes on top. */
export const TYPED_BYTES = 256 * 1024
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 30_000

export class Line {
  readonly #open: () => Promise<Duplex | null>
  readonly #onTrouble: (error: unknown) => void
  readonly #scrollback = new Scrollback()
  readonly #watchers = new Set<LineWatcher>()
  #console: Duplex | null = null
  #isFollowing = false
  /** Something may have changed since the console was last asked for. */
  #isNews = false
  #pause = new AbortController()
  #isClosed = false

  /** `open` answers null where no machine runs. `onTrouble`: it does, and its console cannot be had. */
  constructor(open: () => Promise<Duplex | null>, onTrouble: (error: unknown) => void) {
    this.#open = open
    this.#onTrouble = onTrouble
  }

  get state(): LineState {
    return this.#console ? 'running' : 'stopped'
  }

  /** The machine may have started. Nobody waits for what becomes of it. */
  look(): void {
    this.#isNews = true
    this.#pause.abort()
    if (this.#isFollowing || this.#isClosed) return
    this.#isFollowing = true
    void this.#follow()
  }

  async #follow(): Promise<void> {
    for (let failures = 0; this.#isNews && !this.#isClosed; ) {
      this.#isNews = false
      try {
        const console = await this.#open()
        if (console) await this.#hold(console)
        failures = 0
        // It has ended, or the connection has; what is there now?
        if (console) this.#isNews = true
      } catch (error) {
        // One that is coming up or going down refuses us for a moment.
        if (++failures === 5) this.#onTrouble(error)
        await this.#wait(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures))
        this.#isNews = true
      }
    }
    this.#isFollowing = false
  }

  /** Until the time is over, or there is news. */
  async #wait(ms: number): Promise<void> {
    if (this.#isNews || this.#isClosed) return
    this.#pause = new AbortController()
    await sleep(ms, undefined, { signal: this.#pause.signal, ref: false }).catch(() => {})
  }

  /** Until it closes. */
  async #hold(console: Duplex): Promise<void> {
    const closed = new Promise<void>(resolve => console.once('close', resolve))
    console.on('error', () => {}) // `close` comes after it
    if (this.#isClosed) {
      console.destroy()
      return closed
    }
    this.#console = console
    for (const watcher of [...this.#watchers]) watcher.onState('running')
    console.on('data', (bytes: Buffer) => this.#hear(bytes))
    await closed
    this.#console = null
    for (const watcher of [...this.#watchers]) watcher.onState('stopped')
  }

  #hear(bytes: Buffer): void {
    this.#scrollback.append(bytes)
    for (const watcher of [...this.#watchers]) watcher.onOutput(bytes)
  }

  /** What was said before, and the number of its first byte; all that is said from now on the watcher is told. */
  watch(watcher: LineWatcher): { readonly scrollback: Buffer; readonly offset: number } {
    this.#watchers.add(watcher)
    const scrollback = this.#scrollback.read()
    return { scrollback, offset: this.#scrollback.said - scrollback.length }
  }

  leave(watcher: LineWatcher): void {
    this.#watchers.delete(watcher)
  }

  /** In the order of the calls. False: the guest has not taken what was typed before. Nobody hears it where none runs. */
  type(bytes: Buffer): boolean {
    if (!this.#console) return true
    if (this.#console.writableLength + bytes.length > TYPED_BYTES) return false
    this.#console.write(bytes)
    return true
  }

  /** Lets go of the console, for good. */
  close(): void {
    this.#isClosed = true
    this.#pause.abort()
    this.#console?.destroy()
  }
}
