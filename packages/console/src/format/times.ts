/** Times as the reader's language says them. Pure: language and time of day are handed in. */
import { igboRelative, plainTime } from './igbo.ts'
import { devanagari, nepaliRelative } from './nepali.ts'
import { type Numbers, number } from './numbers.ts'

export type SpanUnit = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second'

const spans: readonly (readonly [SpanUnit, number])[] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]

/** `2 minutes ago`, `in 3 hours`, `now`. `time` as the API says it; `now` in epoch ms. */
export function relative(language: Numbers, time: string, now: number): string {
  const seconds = Math.round((Date.parse(time) - now) / 1000)
  const [unit, length] = spans.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  // The API tells whole seconds, and clocks differ.
  const count = Math.abs(seconds) < 5 ? 0 : Math.trunc(seconds / length)
  // `Intl` claims to know Igbo and does not: "-2 min".
  if (language.code === 'ig') return igboRelative(count, unit, value => number(language, value))
  if (language.code === 'ne') return nepaliRelative(count, unit, value => number(language, value))
  const format = new Intl.RelativeTimeFormat(language.numbers, { numeric: count === 0 ? 'auto' : 'always' })
  return format.format(count, count === 0 ? 'second' : unit)
}

/** To the second, in the reader's own time zone. */
export function exact(language: Numbers, time: string): string {
  const date = new Date(time)
  if (language.code === 'ig') return plainTime(date)
  if (language.code === 'ne') return devanagari(plainTime(date))
  return new Intl.DateTimeFormat(language.numbers, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).format(date)
}

/** A date as the API says it, `2025-01-15`: the same day wherever the reader is. */
export function day(language: Numbers, date: string): string {
  if (language.code === 'ig') return date
  if (language.code === 'ne') return devanagari(date)
  const format = { dateStyle: 'long', timeZone: 'UTC' } as const
  return new Intl.DateTimeFormat(language.numbers, format).format(new Date(date))
}

/** `0.4 s`, `12 s`, `3 min 20 s`: how long something takes or took. */
export function duration(language: Numbers, seconds: number): string {
  if (seconds < 10) return `${number(language, seconds, seconds < 1 ? 2 : 1)}\u00a0s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${number(language, whole)}\u00a0s`
  const rest = whole % 60
  return `${number(language, Math.floor(whole / 60))}\u00a0min${rest ? ` ${number(language, rest)}\u00a0s` : ''}`
}
