/** `Prefer: wait=N` (RFC 7240): the answer to a POST that starts an operation is held back until the operation has ended. */
import { setMaxListeners } from 'node:events'
import type { Engine } from '../operations/engine.ts'

export const WAIT_MAX_SECONDS = 60

/** Seconds to wait; undefined where nothing (or nothing that can be understood) was asked for, as the RFC has it. */
export function preferredWait(header: string | string[] | undefined): number | undefined {
  for (const preference of [header ?? []].flat().join(',').split(',')) {
    const [first] = preference.split(';')
    const match = /^\s*wait\s*=\s*"?([0-9]{1,9})"?\s*$/i.exec(first ?? '')
    if (match) return Math.min(WAIT_MAX_SECONDS, Number(match[1]))
  }
  return undefined
}

export class Waiter {
  readonly #engine: Pick<Engine, 'waitFor'>
  readonly #closing = new AbortController()

  constructor(engine: Pick<Engine, 'waitFor'>) {
    this.#engine = engine
    // One listener a waiting request is meant.
    setMaxListeners(0, this.#closing.signal)
  }

  /** Until the operation has ended, the seconds are over, or the service is going down. */
  async wait(operationId: number, seconds: number): Promise<void> {
    const { signal } = this.#closing
    if (signal.aborted) return
    let onAbort = () => {}
    const closing = new Promise<void>(resolve => {
      onAbort = resolve
      signal.addEventListener('abort', onAbort, { once: true })
    })
    await Promise.race([this.#engine.waitFor(operationId, seconds * 1000), closing])
    signal.removeEventListener('abort', onAbort)
  }

  /** Lets everybody who waits have their answer now. */
  close(): void {
    this.#closing.abort()
  }
}
