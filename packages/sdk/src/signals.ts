/** Several signals as one, and pauses that they end. `AbortSignal.any` would leave a listener at a long-lived signal for each call. */

export type Signals = readonly (AbortSignal | undefined)[]

/** @throws the reason of the first that was aborted. */
export function throwIfAborted(signals: Signals): void {
  for (const signal of signals) signal?.throwIfAborted()
}

/** Calls `listener` when the first of them is aborted; returns how to stop listening. */
export function onAbort(signals: Signals, listener: () => void): () => void {
  for (const signal of signals) signal?.addEventListener('abort', listener, { once: true })
  return () => {
    for (const signal of signals) signal?.removeEventListener('abort', listener)
  }
}

/** @throws the reason, when one of them is aborted. */
export async function pause(ms: number, signals: Signals): Promise<void> {
  throwIfAborted(signals)
  let stop = () => {}
  await new Promise<void>(resolve => {
    const timer = setTimeout(resolve, ms)
    const ignore = onAbort(signals, resolve)
    stop = () => {
      clearTimeout(timer)
      ignore()
    }
  })
  stop()
  throwIfAborted(signals)
}
