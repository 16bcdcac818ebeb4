/**
 * Runs one claimed operation: forward through its steps, or back. Returns when it ended, waits, or lost its claim.
 *
 * Forward: prove the fence, run, then journal and record in one transaction. Expected failures (`Failure`) unwind at
 * once; anything else is an unknown outcome, so the step is run again, which looks first, and unwinds after the third
 * time. Back: from the step that failed (some of it may have happened) down to the first, each journalled in turn.
 */
import type { Db, Trx } from '../db/database.ts'
import type { OperationStatus } from '../db/schema.ts'
import { Failure } from '../errors.ts'
import * as journal from './journal.ts'
import {
  Deferred,
  type OperationError,
  type OperationKind,
  StaleFence,
  type Step,
  type StepContext,
} from './operation.ts'

export interface RunDeps {
  readonly db: Db
  readonly now: () => number
  readonly leaseMs: number
  readonly log: { warn(fields: object, text: string): void; error(fields: object, text: string): void }
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
/** Undoing has no alternative, so it is tried longer before a person must look. */
const UNDO_TRIES = 10
const PROGRESS_EVERY_MS = 500

export type RunResult = { status: OperationStatus; runAfter?: number }

type Context = StepContext<unknown, unknown>

export async function runOperation(deps: RunDeps, run: Run): Promise<RunResult> {
  const { kind, row, claim } = run
  const deadline = kind.deadlineMs === null ? null : (row.started_at ?? deps.now()) + kind.deadlineMs
  if (row.deadline_at !== deadline) await journal.update(deps.db, claim, { deadline_at: deadline })
  const renewal = setInterval(() => {
    journal.renew(deps.db, claim, deps.now() + deps.leaseMs).catch(error => {
      if (error instanceof StaleFence) run.abort.abort(error)
    })
  }, deps.leaseMs / 3)
  const timer =
    deadline === null || row.direction === 'unwinding'
      ? undefined
      : setTimeout(
          () => run.abort.abort(new Failure('deadline_exceeded', `${kind.kind} had not ended by its deadline`)),
          Math.max(0, deadline - deps.now()),
        )
  try {
    if (row.direction === 'unwinding') return await unwind(deps, run, storedError(row))
    return await forward(deps, run)
  } finally {
    clearInterval(renewal)
    clearTimeout(timer)
  }
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
      await deps.db.transaction().execute(async trx => {
        await journal.update(trx, claim, {
          step: next?.name ?? step.name,
          output: JSON.stringify(output),
          progress: progressAfter(kind, index),
        })
        await step.record?.(trx, after)
        await journal.addEvent(trx, row.id, claim.fence, deps.now(), 'step_done', step.name, given ?? null)
        if (!next) await end(deps, trx, run, 'completed', null, () => kind.completed?.(trx, after))
      })
      index++
      tries = 0
    } catch (error) {
      if (error instanceof StaleFence) throw error
      if (run.isStopping()) return await release(deps, run)
      if (error instanceof Deferred && !isCancelled(run)) return await defer(deps, run, error)
      const failure = asFailure(run, error)
      await noteFailure(deps, run, step, error)
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
      return await unwind(
        deps,
        { ...run, row: { ...row, step: step.name, output: JSON.stringify(output) } },
        {
          code: cause.code,
          detail: cause.message,
        },
      )
    }
  }
  return { status: 'completed' }
}

async function unwind(deps: RunDeps, run: Run, error: OperationError): Promise<RunResult> {
  const { kind, row, claim } = run
  let output = JSON.parse(row.output) as Record<string, unknown>
  let index = Math.max(
    0,
    kind.steps.findIndex(step => step.name === row.step),
  )
  let tries = 0
  while (index >= 0) {
    const step = kind.steps[index] as Step<unknown, unknown>
    const context = unwindingContext(deps, run, index, output)
    try {
      await journal.renew(deps.db, claim, deps.now() + deps.leaseMs)
      output = { ...output, ...(await step.undo?.(context)) }
      const after = unwindingContext(deps, run, index, output)
      await deps.db.transaction().execute(async trx => {
        await journal.update(trx, claim, {
          step: kind.steps[index - 1]?.name ?? step.name,
          output: JSON.stringify(output),
        })
        await step.unrecord?.(trx, after)
        await journal.addEvent(trx, row.id, claim.fence, deps.now(), 'step_undone', step.name, null)
      })
      index--
      tries = 0
    } catch (cause) {
      if (cause instanceof StaleFence) throw cause
      if (run.isStopping()) return await release(deps, run)
      await noteFailure(deps, run, step, cause)
      // A step that cannot be taken back is left to the verifier; the operation must still end.
      if (++tries >= UNDO_TRIES) {
        deps.log.error({ operation: row.id, step: step.name, err: cause }, 'could not be taken back')
        index--
        tries = 0
      } else await new Promise(resolve => setTimeout(resolve, deps.backoffMs(tries)))
    }
  }
  const status = error.code === 'cancelled' ? 'cancelled' : 'failed'
  await deps.db.transaction().execute(async trx => {
    await end(deps, trx, run, status, error, () => kind.failed?.(trx, contextOf(deps, run, 0, output), error))
  })
  return { status }
}

async function end(
  deps: RunDeps,
  trx: Trx,
  run: Run,
  status: OperationStatus,
  error: OperationError | null,
  hook: () => Promise<void> | undefined,
): Promise<void> {
  await hook()
  const now = deps.now()
  await journal.update(trx, run.claim, {
    status,
    step: null,
    ended_at: now,
    lease_owner: null,
    lease_until: null,
    ...(error ? { error_code: error.code, error_detail: error.detail } : { progress: 1 }),
  })
  await journal.addEvent(trx, run.row.id, run.claim.fence, now, 'ended', null, { status, ...error })
}

async function defer(deps: RunDeps, run: Run, deferred: Deferred): Promise<RunResult> {
  const runAfter = deps.now() + deferred.delayMs
  await journal.addEvent(deps.db, run.row.id, run.claim.fence, deps.now(), 'waiting', null, {
    for: deferred.waitsFor,
  })
  await journal.update(deps.db, run.claim, {
    status: 'waiting',
    waits_for: deferred.waitsFor,
    run_after: runAfter,
    lease_owner: null,
    lease_until: null,
    ...(deferred.fromStart ? { step: null, output: '{}' } : {}),
  })
  return { status: 'waiting', runAfter }
}

async function release(deps: RunDeps, run: Run): Promise<RunResult> {
  await journal.update(deps.db, run.claim, { lease_until: 0 })
  return { status: 'running' }
}

function contextOf(deps: RunDeps, run: Run, index: number, output: Record<string, unknown>): Context {
  const { row, kind } = run
  let reached = row.progress
  let writtenAt = 0
  return {
    operation: {
      id: row.id,
      accountId: row.account_id,
      serverId: row.server_id,
      snapshotId: row.snapshot_id,
      createdAt: row.created_at,
    },
    input: JSON.parse(row.input) as unknown,
    output,
    signal: run.abort.signal,
    progress: fraction => {
      const before = index === 0 ? 0 : progressAfter(kind, index - 1)
      const progress = before + (progressAfter(kind, index) - before) * Math.min(1, Math.max(0, fraction))
      const now = deps.now()
      if (progress <= reached || now - writtenAt < PROGRESS_EVERY_MS) return
      reached = progress
      writtenAt = now
      journal.update(deps.db, run.claim, { progress }).catch(() => {})
    },
  }
}

/** Undoing is not to be interrupted, and the bar does not run backwards. */
function unwindingContext(deps: RunDeps, run: Run, index: number, output: Record<string, unknown>): Context {
  return { ...contextOf(deps, run, index, output), signal: new AbortController().signal, progress: () => {} }
}

function progressAfter(kind: OperationKind, index: number): number {
  const total = kind.steps.reduce((sum, step) => sum + step.weight, 0)
  const done = kind.steps.slice(0, index + 1).reduce((sum, step) => sum + step.weight, 0)
  return done / total
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

async function noteFailure(deps: RunDeps, run: Run, step: Step<unknown, unknown>, error: unknown): Promise<void> {
  deps.log.warn({ operation: run.row.id, kind: run.kind.kind, step: step.name, err: error }, 'step failed')
  await journal.addEvent(deps.db, run.row.id, run.claim.fence, deps.now(), 'step_failed', step.name, {
    error: textOf(error),
  })
}

function storedError(row: journal.OperationRow): OperationError {
  return {
    code: (row.error_code ?? 'internal_error') as OperationError['code'],
    detail: row.error_detail ?? 'The cause was not kept.',
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
