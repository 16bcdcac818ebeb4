import type { Session } from './session.ts'

/**
 * `documented`: what the public documentation of the API says, so that any server of this API can be held to it.
 * `full`: that and what Restpoint decided itself where the documentation is silent.
 */
export const levels = ['documented', 'full'] as const
export type Level = (typeof levels)[number]

/** One line of the contract. The order of checks matters only for speed: what a check needs it gets from a fixture. */
export interface Check {
  /** Stable, e.g. `snapshots.create.201`. */
  readonly id: string
  readonly level: Level
  /** The line of the contract, in one sentence. */
  readonly says: string
  /** Resolves when the server keeps to it; throws `Mismatch` when not, `Skip` when it cannot be told. */
  run(session: Session): Promise<void>
}

/** The server does not keep to the contract. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch'
  readonly expected: string
  readonly actual: string
  constructor(expected: string, actual: string) {
    super(`expected ${expected}, got ${actual}`)
    this.expected = expected
    this.actual = actual
  }
}

/** Whether the server keeps to it cannot be told here; the message says why. */
export class Skip extends Error {
  override readonly name = 'Skip'
}
