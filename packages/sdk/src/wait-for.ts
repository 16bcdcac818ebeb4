/** Follows an operation to its end, through restarts of the service if need be. */
import type { Operation } from './api.ts'
import { OperationFailedError, TimeoutError } from './errors.ts'
import type { Options, RestpointOptions, Started } from './options.ts'
import { outcomeOf } from './repeat.ts'
import type { Send } from './send.ts'
import { pause } from './signals.ts'

export interface WaitOptions extends Pick<Options<'getOperation'>, 'account_id' | 'signal'> {
  /**
   * At once, and whenever there is something new: `status`, `step`, `waits_for`, `progress`. The progress never falls,
   * and is 1 only when all is done.
   */
  readonly onProgress?: ((operation: Operation) => void) | undefined
  /** How long to wait at most. Default: until it has ended. The operation goes on all the same. */
  readonly timeoutMs?: number | undefined
  /** For how long the service may be out of reach, as when it is restarted. Default: 60,000. */
  readonly outageMs?: number | undefined
}

/** An operation, its id, or what has started it. */
export type WhichOperation = number | Operation | Pick<Started<unknown>, 'operationId'>

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000
const ATTEMPT_MS = 30_000
const OUTAGE_MS = 60_000

/** @returns the completed operation. @throws OperationFailedError, TimeoutError and whatever a call can fail with. */
export async function waitFor(
  send: Send,
  which: WhichOperation,
  { onProgress, timeoutMs = Number.POSITIVE_INFINITY, outageMs = OUTAGE_MS, account_id, signal }: WaitOptions,
  client: Pick<RestpointOptions, 'signal'>,
): Promise<Operation> {
  const operation_id = idOf(which)
  const deadline = performance.now() + timeoutMs
  const tell = teller(onProgress)
  let lastReply = performance.now()
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)) {
    const left = deadline - performance.now()
    if (left <= 0) throw new TimeoutError(`Operation ${operation_id} has not ended after ${timeoutMs} ms; it goes on`)
    try {
      const attempt = { retries: 0, timeoutMs: Math.min(left, ATTEMPT_MS) }
      const operation = await send('getOperation', {
        path: { operation_id },
        options: { ...attempt, account_id, signal },
      })
      lastReply = performance.now()
      const told = tell(operation)
      if (told.status === 'completed') return told
      if (told.status === 'failed' || told.status === 'cancelled') throw new OperationFailedError(told)
    } catch (error) {
      if (outcomeOf(error) === 'final' || performance.now() - lastReply > outageMs) throw error
    }
    await pause(Math.min(pauseMs, Math.max(0, deadline - performance.now())), [client.signal, signal])
  }
}

function idOf(which: WhichOperation): number {
  if (typeof which === 'number') return which
  return 'operationId' in which ? which.operationId : which.id
}

/** Tells what is new; returns the operation as it is told. */
function teller(onProgress: WaitOptions['onProgress']): (operation: Operation) => Operation {
  let highest = 0
  let last = ''
  return operation => {
    highest = Math.max(highest, operation.progress)
    const told = { ...operation, progress: highest }
    const { status, step, waits_for, progress } = told
    const now = JSON.stringify([status, step, waits_for, progress])
    if (now !== last) onProgress?.(told)
    last = now
    return told
  }
}
