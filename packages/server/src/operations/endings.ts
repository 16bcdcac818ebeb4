/** How a run leaves its operation: ended, waiting, or to the next process; and what it notes of a failure. */
import { inTransaction, type Trx } from '../db/database.ts'
import type { OperationStatus } from '../db/schema.ts'
import { Failure } from '../errors.ts'
import * as journal from './journal.ts'
import type { Deferred, OperationError } from './operation.ts'
import type { Run, RunDeps, RunResult } from './run.ts'

/** What waits again and again is looked at less and less often, down to this, ms. */
const LONGEST_WAIT_MS = 30_000

/** `hook` is the kind's own part of the same transaction. */
export async function end(
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

export async function defer(deps: RunDeps, run: Run, deferred: Deferred): Promise<RunResult> {
  const { row, claim } = run
  const now = deps.now()
  const longer = deferred.delayMs * 2 ** (row.attempts - 1)
  const delay = deferred.isSteady ? deferred.delayMs : Math.min(longer, Math.max(deferred.delayMs, LONGEST_WAIT_MS))
  const runAfter = Math.min(now + delay, row.deadline_at ?? Number.POSITIVE_INFINITY)
  await inTransaction(deps.db, async trx => {
    await journal.update(trx, claim, {
      status: 'waiting',
      waits_for: deferred.waitsFor,
      run_after: runAfter,
      lease_owner: null,
      lease_until: null,
      ...(deferred.fromStart ? { step: null, output: '{}' } : {}),
    })
    await journal.addEvent(trx, row.id, claim.fence, now, 'waiting', null, { for: deferred.waitsFor })
  })
  return { status: 'waiting', runAfter }
}

export async function release(deps: RunDeps, run: Run): Promise<RunResult> {
  await journal.update(deps.db, run.claim, { lease_until: 0 })
  return { status: 'running' }
}

export async function noteFailure(deps: RunDeps, run: Run, step: string, error: unknown): Promise<void> {
  const { row, claim, kind } = run
  const about = { operation: row.id, kind: kind.kind, step }
  // An expected failure reaches whoever asked, with its remedy; only the unexpected needs a stack in the log.
  if (error instanceof Failure) deps.log.info({ ...about, code: error.code }, error.message)
  else deps.log.warn({ ...about, err: error }, 'step failed')
  await inTransaction(deps.db, async trx => {
    await journal.renew(trx, claim, deps.now() + deps.leaseMs)
    await journal.addEvent(trx, row.id, claim.fence, deps.now(), 'step_failed', step, { error: textOf(error) })
  })
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
