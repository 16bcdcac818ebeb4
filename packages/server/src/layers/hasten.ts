/**
 * Merges that wait are looked at less and less often. What they wait for is a machine that shares their layers, an
 * operation that uses them or another merge, so they are taken up when one has gone, or ended. Nothing depends on it: they
 * would come round by themselves.
 */
import type { Db } from '../db/database.ts'
import type { Driver } from '../drivers/driver.ts'
import { waitForOperation } from './merge.ts'

export interface HastenerOptions {
  readonly db: Db
  readonly driver: Driver
  /** Waiting merges may be taken up. */
  readonly onDue: () => void
  readonly log: { warn(fields: object, text: string): void }
}

export class Hastener {
  readonly #options: HastenerOptions
  readonly #pending = new Set<Promise<void>>()
  #forget = () => {}

  constructor(options: HastenerOptions) {
    this.#options = options
  }

  /** Whatever went while nobody was listening counts as well. */
  start(): void {
    this.#forget = this.#options.driver.onEvent(({ serverId }) => this.#track(this.#look(serverId)))
    this.#track(this.#hasten())
  }

  async stop(): Promise<void> {
    this.#forget()
    await Promise.all(this.#pending)
  }

  /** After a merge comes the turn of those that share layers with it. */
  operationEnded({ id, kind }: { readonly id: number; readonly kind: string }): void {
    this.#track(this.#hasten(kind === 'merge' ? undefined : waitForOperation(id).waitsFor))
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch(err => this.#options.log.warn({ err }, 'waiting merges will be taken up later'))
      .finally(() => this.#pending.delete(tracked))
    this.#pending.add(tracked)
  }

  async #look(serverId: number): Promise<void> {
    const { state } = await this.#options.driver.inspect(serverId)
    if (state === 'absent') await this.#hasten()
  }

  /** Those that wait for this; default: for whatever. */
  async #hasten(waitsFor?: string): Promise<void> {
    const { db, onDue } = this.#options
    const update = db.updateTable('operations').set({ run_after: 0 }).where('kind', '=', 'merge')
    const waiting = update.where('status', '=', 'waiting')
    await (waitsFor === undefined ? waiting : waiting.where('waits_for', '=', waitsFor)).execute()
    onDue()
  }
}
