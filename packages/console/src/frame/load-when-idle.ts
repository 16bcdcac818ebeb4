/** For what is on the screen to be there first. */
const AFTER_MS = 3_000

/**
 * Loads one after the other: a service that is down has none to give, and what was read before it went down is to be
 * readable. One that cannot be had is asked for again when one goes there.
 *
 * @returns what ends it.
 */
export function loadWhenIdle(loaders: readonly (() => Promise<unknown>)[]): () => void {
  let isWanted = true
  const timer = setTimeout(async () => {
    for (const load of loaders) if (isWanted) await load().catch(() => {})
  }, AFTER_MS)
  return () => {
    isWanted = false
    clearTimeout(timer)
  }
}
