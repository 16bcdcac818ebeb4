/** Times, durations and sizes as people say them. */

const spans = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

const relative = new Intl.RelativeTimeFormat('en')

/** `2 minutes ago`, `in 3 hours`, `just now`; null stays null. */
export function when(time: string | null, now = Date.now()): string | null {
  if (time === null) return null
  const seconds = Math.round((Date.parse(time) - now) / 1000)
  const [unit, length] = spans.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  // The API tells whole seconds, and clocks differ.
  if (Math.abs(seconds) < 2) return 'just now'
  return relative.format(Math.round(seconds / length), unit)
}

/** `0.25 s`, `12 s`, `3 min 20 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(2))} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ''}`
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `0.1 ms`; null stays null. */
export function milliseconds(value: number | null): string | null {
  return value === null ? null : `${Number(value.toFixed(1))} ms`
}

/** `10 MiB`; null stays null. */
export function size(bytes: number | null): string | null {
  if (bytes === null) return null
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ${units[unit]}`
}

export function mebibytes(count: number | null): string | null {
  return size(count === null ? null : count * 1024 * 1024)
}
