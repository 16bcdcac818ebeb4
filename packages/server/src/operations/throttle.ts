/**
 * A value is told at once, unless one was told less than `ms` ago: then a little later, and only the newest of those that
 * came by then. The last one is always told. Keeps no process alive. `now`: ms.
 */
export function throttled<Value>(ms: number, now: () => number, tell: (value: Value) => void): (value: Value) => void {
  let toldAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  return function take(value) {
    clearTimeout(timer)
    const since = now() - toldAt
    // A clock that was set back holds nothing up.
    if (since >= 0 && since < ms) {
      timer = setTimeout(take, ms - since, value).unref()
      return
    }
    toldAt = now()
    tell(value)
  }
}
