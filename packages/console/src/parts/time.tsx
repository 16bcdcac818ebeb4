/** Times as people say them, with the exact one on hover and for machines. They go on by themselves. */
import { useSyncExternalStore } from 'react'
import { day, exact, relative } from '../format/times.ts'
import { language } from '../language/language.ts'

/** `2 minutes ago`. */
export function Ago({ at }: { readonly at: string }) {
  const now = useNow()
  return (
    <time dateTime={at} title={exact(language(), at)}>
      {relative(language(), at, now)}
    </time>
  )
}

export function Exact({ at }: { readonly at: string }) {
  return <time dateTime={at}>{exact(language(), at)}</time>
}

/** A date without a time of day: `2025-01-15`. */
export function Day({ on }: { readonly on: string }) {
  return <time dateTime={on}>{day(language(), on)}</time>
}

const STEP_MS = 5_000
const watchers = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

/** Epoch ms, in steps: one clock for all that is shown. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now)
}

function watch(tell: () => void): () => void {
  watchers.add(tell)
  timer ??= setInterval(tick, STEP_MS)
  // It may have stood still while nothing was shown.
  if (Date.now() - now >= STEP_MS) queueMicrotask(tick)
  return () => {
    watchers.delete(tell)
    if (watchers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function tick(): void {
  now = Date.now()
  for (const tell of watchers) tell()
}
