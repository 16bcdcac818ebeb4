/**
 * Several signals as one, and pauses that they end. `AbortSignal.any` would leave something behind at a long-lived signal
 * for each call, and Node 20 warns of a signal with more than ten listeners; so there is one listener for all.
 */

export type Signals = readonly (AbortSignal | undefined)[]

type Listener = () => void
const listenersOf = new WeakMap<EventTarget, Set<Listener>>()

/** @throws the reason of the first that was aborted. */
export function throwIfAborted(signals: Signals): void {
  for (const signal of signals) signal?.throwIfAborted()
}

/** Calls `listener` when the first of them is aborted; returns how to stop listening. */
export function onAbort(signals: Signals, listener: Listener): () => void {
  const ignores = signals.map(signal => signal && listen(signal, listener))
  return () => {
    for (const ignore of ignores) ignore?.()
  }
}

function listen(signal: AbortSignal, listener: Listener): () => void {
  const listeners = listenersOf.get(signal) ?? new Set()
  listenersOf.set(signal, listeners)
  if (listeners.size === 0) signal.addEventListener('abort', tellAll)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) signal.removeEventListener('abort', tellAll)
  }
}

function tellAll({ currentTarget: signal }: Event): void {
  for (const listener of [...((signal && listenersOf.get(signal)) ?? [])]) listener()
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
