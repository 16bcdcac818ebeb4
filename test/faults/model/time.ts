/**
 * A clock of the test's own in place of the process's: `Date.now`, `setTimeout` and `setInterval`. Nothing waits for
 * real, and on SQLite, where nothing else takes time, the same decisions give the same run, to the last step.
 */
import { syncBuiltinESMExports } from 'node:module'
import promises from 'node:timers/promises'

interface Entry {
  readonly id: number
  due: number
  /** Null: once. */
  readonly every: number | null
  readonly run: () => void
}

const real = { setTimeout, clearTimeout, setInterval, clearInterval, now: Date.now, sleep: promises.setTimeout }

/** A real pause, ms: for what lies outside this process. */
export function pause(ms: number): Promise<void> {
  return new Promise(resolve => real.setTimeout(resolve, ms))
}

/** A turn of the event loop, with everything that is due in it. */
export function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

export class VirtualTime {
  #now = 1_800_000_000_000
  #entries: Entry[] = []
  #lastId = 0

  get now(): number {
    return this.#now
  }

  install(): void {
    const later =
      (every: boolean) =>
      (work: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
        this.#add(() => work(...args), ms, every)
    const forget = (timer: unknown) => this.#remove(timer)
    Object.assign(globalThis, { setTimeout: later(false), setInterval: later(true) })
    Object.assign(globalThis, { clearTimeout: forget, clearInterval: forget })
    Date.now = () => this.#now
    promises.setTimeout = ((ms?: number, value?: unknown) =>
      new Promise<unknown>(resolve => this.#add(() => resolve(value), ms, false))) as typeof promises.setTimeout
    syncBuiltinESMExports()
  }

  uninstall(): void {
    const { sleep, now, ...timers } = real
    Object.assign(globalThis, timers)
    Date.now = now
    promises.setTimeout = sleep
    syncBuiltinESMExports()
  }

  /** What takes real time, with the real clock. */
  async outside<Value>(work: () => Promise<Value>): Promise<Value> {
    this.uninstall()
    try {
      return await work()
    } finally {
      this.install()
    }
  }

  /** Whatever was waited for is waited for no more: its process is dead. */
  forgetAll(): void {
    this.#entries = []
  }

  /** The clock is set to another time; what waits does so as long as before. */
  jump(ms: number): void {
    this.#now += ms
    for (const entry of this.#entries) entry.due += ms
  }

  /** So much later: what has become due meanwhile happens now, in its order, each once. */
  step(ms: number): void {
    this.#now += ms
    const due = this.#entries.filter(entry => entry.due <= this.#now).sort((a, b) => a.due - b.due)
    for (const entry of due) {
      // An earlier one may have taken it back.
      if (!this.#entries.includes(entry)) continue
      if (entry.every === null) this.#remove(entry.id)
      else entry.due = this.#now + entry.every
      entry.run()
    }
  }

  #add(run: () => void, ms: number | undefined, isRepeated: boolean): Timer {
    const delay = Math.max(1, Math.floor(ms ?? 1))
    const id = ++this.#lastId
    this.#entries.push({ id, due: this.#now + delay, every: isRepeated ? delay : null, run })
    return new Timer(id, timer => this.#remove(timer))
  }

  #remove(timer: unknown): void {
    const id = timer instanceof Timer ? timer.id : timer
    this.#entries = this.#entries.filter(entry => entry.id !== id)
  }
}

/** As much of Node's as anybody here asks for. */
class Timer {
  readonly id: number
  readonly #remove: (timer: Timer) => void
  constructor(id: number, remove: (timer: Timer) => void) {
    this.id = id
    this.#remove = remove
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
  hasRef(): boolean {
    return true
  }
  close(): this {
    this.#remove(this)
    return this
  }
  [Symbol.dispose](): void {
    this.#remove(this)
  }
}
