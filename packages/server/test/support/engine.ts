/** Engines for tests: impatient ones. */
import { Engine, type EngineOptions } from '../../src/operations/engine.ts'
import type { OperationKind } from '../../src/operations/operation.ts'

// biome-ignore lint/suspicious/noExplicitAny: kinds of every input and output go into one engine
export type AnyKind = OperationKind<any, any>

export const quiet = { info: () => {}, warn: () => {}, error: () => {} }

export function makeEngine(
  kinds: readonly AnyKind[],
  options: Pick<EngineOptions, 'db'> & Partial<Omit<EngineOptions, 'kinds'>>,
): Engine {
  return new Engine({
    now: Date.now,
    leaseMs: 60_000,
    pollMs: 25,
    limit: 8,
    backgroundLimit: 2,
    backoffMs: () => 0,
    log: quiet,
    ...options,
    kinds: kinds as EngineOptions['kinds'],
  })
}
