/** Takes back what a failed or cancelled operation did, step by step, each journalled. */
import { inTransaction } from '../db/database.ts'
import { DatabaseUnavailable } from '../db/unavailable.ts'
import { contextOf, unwindingContext } from './context.ts'
import { defer, end, noteFailure, release, textOf } from './endings.ts'
import * as journal from './journal.ts'
import { Deferred, type OperationError, StaleFence, type Step } from './operation.ts'
import type { Run, RunDeps, RunResult } from './run.ts'

/** Then it waits a while, and says for what. */
const UNDO_TRIES = 5
const UNDO_DELAY_MS = 10_000

export async function unwind(deps: RunDeps, run: Run, error: OperationError): Promise<RunResult> {
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
      await inTransaction(deps.db, async trx => {
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
      if (cause instanceof StaleFence || cause instanceof DatabaseUnavailable) throw cause
      if (run.isStopping()) return await release(deps, run)
      await noteFailure(deps, run, step.name, cause)
      if (++tries >= UNDO_TRIES) {
        // Never passed over: what an earlier step would take back may be what this one's outcome stands on.
        const waitsFor = `the undo of ${step.name}: ${textOf(cause)}`
        const patient = { ...run, row: { ...row, deadline_at: null } }
        return await defer(deps, patient, new Deferred(waitsFor, { delayMs: UNDO_DELAY_MS }))
      }
      await new Promise(resolve => setTimeout(resolve, deps.backoffMs(tries)))
    }
  }
  const status = error.code === 'cancelled' ? 'cancelled' : 'failed'
  await inTransaction(deps.db, async trx => {
    await end(deps, trx, run, status, error, () => kind.failed?.(trx, contextOf(deps, run, 0, output), error))
  })
  return { status }
}

export function storedError(row: journal.OperationRow): OperationError {
  return {
    code: (row.error_code ?? 'internal_error') as OperationError['code'],
    detail: row.error_detail ?? 'The cause was not kept.',
  }
}
