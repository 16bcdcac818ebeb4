/**
 * Runs one claimed operation: forward through its steps, or back. Returns when it ended, waits, or lost its claim.
 *
 * Forward: prove the fence, run, then journal and record in one transaction. Expected failures (`Failure`) unwind at
 * once; anything else is an unknown outcome, so the step is run again, which looks first, and unwinds after the third
 * time. Back: from the step that failed (some of it may have happened) down to the first, each journalled in turn.
 *
 * A database that is away is no step's failure: the run breaks off as it stands, forward or back.
 */
import { type Db, inTransaction } from '../db/database.ts'
import type { OperationStatus } from '../db/schema.ts'
import { DatabaseUnavailable } from '../db/unavailable.ts'
import { Failure } from '../errors.ts'
import { contextOf, progressAfter } from './context.ts'
import { defer, end, noteFailure, release, textOf } from './endings.ts'
import * as journal from './journal.ts'
import { Deferred, type OperationKind, StaleFence, type Step } from './operation.ts'
import { storedError, unwind } from './unwind.ts'

export interface RunDeps {
  readonly db: Db
  readonly now: () => number
  readonly leaseMs: number
  readonly log: {
    info(fields: object, text: string): void
    warn(fields: object, text: string): void
    error(fields: object, text: string): void
  }
  /** Pause between tries of a step whose outcome is unknown, ms, by number of the try. */
  readonly backoffMs: (attempt: number) => number
}

export interface Run {
  readonly kind: OperationKind
  readonly row: journal.OperationRow
  readonly claim: journal.Claim
  readonly abort: AbortController
  /** The service is going down: leave everything as it is, the next process takes it up. */
  readonly isStopping: () => boolean
}

const TRIES = 3

export type RunResult = { status: OperationStatus; runAfter?: number }

export async function runOperation(deps: RunDeps, run: Run): Promise<RunResult> {
  const { kind, row, claim } = run
  const deadline = kind.deadlineMs === null ? null : (row.deadline_at ?? deps.now() + kind.deadlineMs)
  if (row.deadline_at !== deadline) await journal.update(deps.db, claim, { deadline_at: deadline })
  const renewal = setInterval(() => {
    journal.renew(deps.db, claim, deps.now() + deps.leaseMs).catch(error => {
      if (error instanceof StaleFence) run.abort.abort(error)
    })
  }, deps.leaseMs / 3)
  // A step that hangs does not keep a process alive that is going down.
  renewal.unref()
  const timer = deadline === null || row.direction === 'unwinding' ? undefined : abortAt(deps, run, deadline)
  try {
    if (row.direction === 'unwinding') return await unwind(deps, run, storedError(row))
    return await forward(deps, { ...run, row: { ...row, deadline_at: deadline } })
  } finally {
    clearInterval(renewal)
    clearTimeout(timer)
  }
}

function abortAt(deps: RunDeps, run: Run, deadline: number): NodeJS.Timeout | undefined {
  const abort = () =>
    run.abort.abort(new Failure('deadline_exceeded', `${run.kind.kind} had not ended by its deadline`))
  const left = deadline - deps.now()
  // Not by a timer when it is over already: a step that waits again at once would be faster than the timer.
  if (left > 0) return setTimeout(abort, left).unref()
  abort()
  return undefined
}

async function forward(deps: RunDeps, run: Run): Promise<RunResult> {
  const { kind, row, claim } = run
  let output = JSON.parse(row.output) as Record<string, unknown>
  let index = row.step === null ? 0 : kind.steps.findIndex(step => step.name === row.step)
  if (index < 0) throw new Error(`operation ${row.id} is at step ${row.step}, which ${kind.kind} does not have`)
  let tries = 0
  while (index < kind.steps.length) {
    const step = kind.steps[index] as Step<unknown, unknown>
    const context = contextOf(deps, run, index, output)
    try {
      await journal.update(deps.db, claim, { step: step.name, lease_until: deps.now() + deps.leaseMs })
      await throwIfCancelled(deps, run)
      const given = await step.run?.(context)
      output = { ...output, ...given }
      const next = kind.steps[index + 1]
      const after = contextOf(deps, run, index, output)
      await inTransaction(deps.db, async trx => {
        await journal.update(trx, claim, {
          output: JSON.stringify(output),
          // How far the last one has come is said by the end.
          ...(next ? { step: next.name, progress: journal.atLeast(progressAfter(kind, index)) } : {}),
        })
        await step.record?.(trx, after)
        await journal.addEvent(trx, row.id, claim.fence, deps.now(), 'step_done', step.name, given ?? null)
        if (!next) await end(deps, trx, run, 'completed', null, () => kind.completed?.(trx, after))
      })
      index++
      tries = 0
    } catch (error) {
      throwIfNotOurs(run, error)
      if (run.isStopping()) return await release(deps, run)
      if (error instanceof Deferred && !isCancelled(run)) return await defer(deps, run, error)
      const failure = asFailure(run, error)
      await noteFailure(deps, run, step.name, error)
      if (!failure && ++tries < TRIES) {
        await new Promise(resolve => setTimeout(resolve, deps.backoffMs(tries)))
        continue
      }
      const cause = failure ?? new Failure('internal_error', `The step ${step.name} failed: ${textOf(error)}`)
      await journal.update(deps.db, claim, {
        direction: 'unwinding',
        error_code: cause.code,
        error_detail: cause.message,
      })
      const failed = { ...row, step: step.name, output: JSON.stringify(output) }
      return await unwind(deps, { ...run, row: failed }, { code: cause.code, detail: cause.message })
    }
  }
  return { status: 'completed' }
}

/**
 * The claim is lost (an abort because of that counts, whatever the step threw because of it), or the database is away:
 * then nobody knows what was recorded, and whoever takes the operation up again reads it.
 */
function throwIfNotOurs(run: Run, error: unknown): void {
  if (error instanceof StaleFence || error instanceof DatabaseUnavailable) throw error
  if (run.abort.signal.reason instanceof StaleFence) throw run.abort.signal.reason
}

function isCancelled(run: Run): boolean {
  return run.abort.signal.aborted && run.abort.signal.reason instanceof Failure
}

async function throwIfCancelled(deps: RunDeps, run: Run): Promise<void> {
  run.abort.signal.throwIfAborted()
  if (!run.kind.cancellable) return
  const row = await journal.read(deps.db, run.row.id)
  if (row?.cancel_requested_at != null) throw cancelled()
}

export function cancelled(): Failure {
  return new Failure('cancelled', 'Its object was deleted while it was in progress.')
}

/** The expected failure behind an error, if it is one; an abort's reason counts whatever the step threw because of it. */
function asFailure(run: Run, error: unknown): Failure | undefined {
  if (isCancelled(run)) return run.abort.signal.reason as Failure
  return error instanceof Failure ? error : undefined
}
