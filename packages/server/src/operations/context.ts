/** What a step is given. */
import * as journal from './journal.ts'
import type { OperationKind, StepContext } from './operation.ts'
import type { Run, RunDeps } from './run.ts'
import { throttled } from './throttle.ts'

export type Context = StepContext<unknown, unknown>

const PROGRESS_EVERY_MS = 250

export function contextOf(deps: RunDeps, run: Run, index: number, output: Record<string, unknown>): Context {
  const { row, kind } = run
  const before = index === 0 ? 0 : progressAfter(kind, index - 1)
  const after = progressAfter(kind, index)
  return {
    operation: {
      id: row.id,
      accountId: row.account_id,
      serverId: row.server_id,
      snapshotId: row.snapshot_id,
      imageId: row.image_id,
      createdAt: row.created_at,
    },
    input: JSON.parse(row.input) as unknown,
    output,
    signal: run.abort.signal,
    progress: throttled(PROGRESS_EVERY_MS, deps.now, fraction => {
      const progress = before + (after - before) * Math.min(1, Math.max(0, fraction))
      journal.raiseProgress(deps.db, run.claim, progress).catch(() => {})
    }),
  }
}

/** Undoing is not to be interrupted, and the bar does not run backwards. */
export function unwindingContext(deps: RunDeps, run: Run, index: number, output: Record<string, unknown>): Context {
  return { ...contextOf(deps, run, index, output), signal: new AbortController().signal, progress: () => {} }
}

/** How far the operation is when this step is done, 0–1. */
export function progressAfter(kind: OperationKind, index: number): number {
  const total = kind.steps.reduce((sum, step) => sum + step.weight, 0)
  const done = kind.steps.slice(0, index + 1).reduce((sum, step) => sum + step.weight, 0)
  return done / total
}
