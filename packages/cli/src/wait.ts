/** Starts an operation and waits for its end: the default of every command that starts one. */
import type { Operation, Started } from '@restpoint/sdk/source'
import type { Connected, Context } from './context.ts'
import { CliError, explain } from './failure.ts'
import type { Waiting } from './options.ts'
import { openBar } from './terminal/bar.ts'
import { operationLines } from './views/operation.ts'

/** The reply is held back for so long: what is done by then needs no asking again, and no bar that only flickers. */
const HOLD_SECONDS = 1
const ONE_LOOK_MS = 500

export interface Ended<Body, Result> {
  /** What is answered in the end. `body`: of the reply to the request that started it. */
  readonly read: (body: Body) => Promise<Result>
  readonly lines: (result: Result) => readonly string[]
}

export async function startAndWait<Body, Result>(
  context: Context,
  connected: Connected,
  { wait, timeout }: Waiting,
  start: (hold: { waitSeconds?: number }) => Promise<Started<Body>>,
  { read, lines }: Ended<Body, Result>,
): Promise<undefined> {
  if (!wait) {
    const { operationId } = await start({})
    context.tell(await connected.restpoint.operations.get(operationId, connected.scope), operationLines)
    return
  }
  const begun = performance.now()
  const interrupt = catchInterrupt()
  try {
    const { body, operationId } = await start({ waitSeconds: HOLD_SECONDS })
    const left = timeout === undefined ? undefined : timeout * 1000 - (performance.now() - begun)
    const operation = await follow(connected, operationId, { timeoutMs: left, signal: interrupt.signal })
    try {
      context.tell(await read(body), lines)
    } catch (error) {
      // Done is done, even where this token may not look at it.
      if ((error as { code?: string }).code !== 'permission_denied') throw error
      context.tell(operation, operationLines)
    }
  } finally {
    interrupt.release()
  }
}

/** By itself: `restpoint operation watch`. */
export async function watch(connected: Connected, operationId: number, timeout?: number): Promise<Operation> {
  const interrupt = catchInterrupt()
  try {
    const timeoutMs = timeout === undefined ? undefined : timeout * 1000
    return await follow(connected, operationId, { timeoutMs, signal: interrupt.signal })
  } finally {
    interrupt.release()
  }
}

interface Following {
  readonly timeoutMs: number | undefined
  readonly signal: AbortSignal
}

async function follow(
  { restpoint, scope }: Connected,
  id: number,
  { timeoutMs = Number.POSITIVE_INFINITY, signal }: Following,
): Promise<Operation> {
  const deadline = performance.now() + timeoutMs
  const goesOn = `Operation ${id} goes on. To see it: restpoint operation watch ${id}`
  const bar = openBar()
  try {
    // One look at least: what is done is done, however late we are.
    const options = { onProgress: bar.show, timeoutMs: Math.max(timeoutMs, ONE_LOOK_MS), signal, ...scope }
    return await restpoint.waitFor(id, options)
  } catch (error) {
    if (signal.aborted) throw new CliError('interrupted', 'Interrupted.', goesOn)
    const { name, code } = error as { name?: string; code?: string }
    if (name === 'OperationFailedError' || code === 'not_found') throw error
    if (name === 'TimeoutError' && performance.now() >= deadline)
      throw new CliError('timedOut', 'It has not ended in time.', goesOn)
    const { ending, what } = explain(error)
    throw new CliError(ending, what, goesOn)
  } finally {
    bar.close()
  }
}

/**
 * Ctrl-C is heeded as soon as the operation is known, so that it can be named; that takes no longer than the reply is
 * held back. A second one ends us at once.
 */
function catchInterrupt(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const onInterrupt = () => controller.abort()
  process.once('SIGINT', onInterrupt)
  return { signal: controller.signal, release: () => process.off('SIGINT', onInterrupt) }
}
