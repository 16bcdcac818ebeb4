/**
 * Finds work and has it done. It may be woken (a request has just committed) and looks by itself every second, so
 * that nothing depends on a wake that got lost. What an ended process was at is found by its lease.
 */
import { randomUUID } from 'node:crypto'
import { DatabaseUnavailable } from '../db/unavailable.ts'
import * as claims from './claims.ts'
import * as journal from './journal.ts'
import type { OperationKind } from './operation.ts'
import { StaleFence } from './operation.ts'
import { cancelled, type Run, type RunDeps, type RunResult, runOperation } from './run.ts'

export interface EngineOptions extends RunDeps {
  readonly kinds: readonly OperationKind<never, never>[]
  /** How many run at once, background kinds apart. */
  readonly limit: number
  /** How many of the background kinds run at once. */
  readonly backgroundLimit: number
  readonly pollMs: number
  /** Whether this process may take anything up now: while another service may have the database, none does. */
  readonly mayClaim?: () => boolean
}

/** What hears its signal is over within this, ms. */
const AFTER_ABORT_MS = 1000

export class Engine {
  readonly #options: EngineOptions
  readonly #kinds: ReadonlyMap<string, OperationKind>
  readonly #owner = randomUUID()
  readonly #running = new Map<number, { run: Run; done: Promise<void> }>()
  readonly #broken = new Set<number>()
  readonly #endListeners = new Set<(row: { id: number; kind: string; serverId: number | null }) => void>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #lookAgain = false
  #stopping = false
  #isAway = false

  constructor(options: EngineOptions) {
    this.#options = options
    this.#kinds = new Map(options.kinds.map(kind => [kind.kind, kind as unknown as OperationKind]))
  }

  /** Takes over what earlier processes left (the caller holds the state folder's lock), then looks for work. */
  async start(): Promise<void> {
    const { db, log } = this.#options
    await claims.releaseAll(db)
    const strangers = await claims.ofOtherKinds(db, [...this.#kinds.keys()])
    for (const { id, kind } of strangers) log.error({ operation: id, kind }, 'no such kind of operation')
    this.#timer = setInterval(() => this.wake(), this.#options.pollMs)
    this.wake()
  }

  /** No new work; running steps are given `graceMs`, whatever is not done then is taken up by the next process. */
  async stop(graceMs = 5000): Promise<void> {
    this.#stopping = true
    clearInterval(this.#timer)
    await this.#looking
    for (const { run } of this.#running.values()) if (run.kind.background) run.abort.abort()
    await this.#settled(graceMs)
    for (const { run } of this.#running.values()) run.abort.abort()
    // So that what hears its signal has let go of the database when it is closed.
    await this.#settled(AFTER_ABORT_MS)
  }

  async #settled(limitMs: number): Promise<void> {
    const all = Promise.allSettled([...this.#running.values()].map(entry => entry.done))
    let timer: NodeJS.Timeout | undefined
    await Promise.race([all, new Promise(resolve => (timer = setTimeout(resolve, limitMs)))])
    clearTimeout(timer)
  }

  /** There may be something to do. */
  wake(): void {
    if (this.#stopping) return
    if (this.#looking) {
      this.#lookAgain = true
      return
    }
    this.#looking = this.#look()
      .then(() => this.#isBack())
      .catch(error => this.#couldNotLook(error))
      .finally(() => {
        this.#looking = undefined
        if (this.#lookAgain) {
          this.#lookAgain = false
          this.wake()
        }
      })
  }

  /** The row says so already; this only makes a running step hear of it at once. */
  cancel(operationId: number): void {
    const entry = this.#running.get(operationId)
    if (entry?.run.kind.cancellable) return entry.run.abort.abort(cancelled())
    const { db, now, log } = this.#options
    journal
      .hastenCancelled(db, operationId, now())
      .catch(error => log.warn({ operation: operationId, err: error }, 'will be cancelled when its wait is over'))
      .finally(() => this.wake())
  }

  /** Called after an operation ended, in this process. */
  onEnd(listener: (row: { id: number; kind: string; serverId: number | null }) => void): () => void {
    this.#endListeners.add(listener)
    return () => this.#endListeners.delete(listener)
  }

  /** The operation's row once it has ended, or as it is after `timeoutMs`. */
  async waitFor(operationId: number, timeoutMs: number): Promise<journal.OperationRow | undefined> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const ended = this.#nextEnd(operationId, Math.min(500, Math.max(0, deadline - Date.now())))
      try {
        const row = await journal.read(this.#options.db, operationId)
        if (!row || !isUnended(row) || Date.now() >= deadline) return row
        await ended.promise
      } catch (error) {
        // It goes on when the database is back, and that may be in time.
        if (!(error instanceof DatabaseUnavailable) || Date.now() >= deadline) throw error
        await ended.promise
      } finally {
        ended.forget()
      }
    }
  }

  /** Takes up what is due. */
  get isLooking(): boolean {
    return this.#timer !== undefined && !this.#stopping
  }

  /** Operations in this process's hands right now. */
  get runningCount(): number {
    return this.#running.size
  }

  #nextEnd(operationId: number, timeoutMs: number): { promise: Promise<void>; forget: () => void } {
    let forget = () => {}
    const promise = new Promise<void>(resolve => {
      const stopListening = this.onEnd(({ id }) => {
        if (id === operationId) forget()
      })
      const timer = setTimeout(() => forget(), timeoutMs)
      forget = () => {
        clearTimeout(timer)
        stopListening()
        resolve()
      }
    })
    return { promise, forget: () => forget() }
  }

  #tellEnd(ended: { id: number; kind: string; serverId: number | null }): void {
    for (const listener of [...this.#endListeners]) {
      try {
        listener(ended)
      } catch (error) {
        this.#options.log.error({ operation: ended.id, err: error }, 'a listener failed')
      }
    }
  }

  async #look(): Promise<void> {
    const { kinds, limit, backgroundLimit, mayClaim } = this.#options
    if (mayClaim?.() === false) return
    const [foreground, background] = [false, true].map(isBackground =>
      kinds.filter(kind => kind.background === isBackground).map(kind => kind.kind),
    ) as [string[], string[]]
    const busy = [...this.#running.values()].filter(entry => entry.run.kind.background).length
    await this.#take(foreground, limit - (this.#running.size - busy))
    await this.#take(background, backgroundLimit - busy)
  }

  /** Claims and launches up to `free` operations of these kinds. */
  async #take(kinds: readonly string[], free: number): Promise<void> {
    const { db, now, leaseMs, log } = this.#options
    if (free <= 0) return
    for (const id of await claims.claimable(db, this.#claimant, now(), kinds, free)) {
      if (this.#stopping) return
      const claimed = await claims.claim(db, id, this.#claimant, now(), leaseMs).catch(error => {
        if (error instanceof DatabaseUnavailable) throw error
        log.error({ operation: id, err: error }, 'could not be claimed')
        return undefined
      })
      if (claimed) this.#launch(claimed.row, claimed.claim)
    }
  }

  /** What runs here is not taken up twice, however old its lease looks (the clock jumped, or the database was away). */
  get #claimant(): claims.Claimant {
    return { owner: this.#owner, running: [...this.#running.keys(), ...this.#broken] }
  }

  #launch(row: journal.OperationRow, claim: journal.Claim): void {
    const kind = this.#kinds.get(row.kind) as OperationKind
    const run: Run = { kind, row, claim, abort: new AbortController(), isStopping: () => this.#stopping }
    const done = runOperation(this.#options, run)
      .catch(error => this.#brokeOff(row, error))
      .then(result => this.#finished(row, result))
    this.#running.set(row.id, { run, done })
  }

  /** Without an end. Where only the database was away, it is taken up again at the next look; else when its lease is over. */
  #brokeOff(row: journal.OperationRow, error: unknown): undefined {
    const { log, leaseMs } = this.#options
    if (error instanceof StaleFence) return
    if (error instanceof DatabaseUnavailable) {
      log.warn({ operation: row.id }, 'goes on when the database is back')
      return
    }
    log.error({ operation: row.id, err: error }, 'run broke off')
    this.#broken.add(row.id)
    setTimeout(() => this.#broken.delete(row.id), leaseMs).unref()
  }

  #couldNotLook(error: unknown): void {
    const { log } = this.#options
    if (!(error instanceof DatabaseUnavailable)) return log.error({ err: error }, 'looking for operations failed')
    // Once, not at every look.
    if (!this.#isAway) log.warn({ err: error }, 'the database cannot be used: operations wait for it')
    this.#isAway = true
  }

  #isBack(): void {
    if (this.#isAway) this.#options.log.info({}, 'the database is back')
    this.#isAway = false
  }

  #finished(row: journal.OperationRow, result: RunResult | undefined): void {
    this.#running.delete(row.id)
    // Not at once: whatever it was that broke it off is hardly over.
    if (!result) return
    if (result.runAfter !== undefined) {
      const timer = setTimeout(() => this.wake(), Math.max(0, result.runAfter - this.#options.now()) + 1)
      timer.unref()
    } else if (result.status !== 'running') {
      this.#tellEnd({ id: row.id, kind: row.kind, serverId: row.server_id })
    }
    this.wake()
  }
}

function isUnended(row: journal.OperationRow): boolean {
  return (journal.unended as readonly string[]).includes(row.status)
}
