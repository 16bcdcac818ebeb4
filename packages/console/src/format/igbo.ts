/** What `Intl` has no data of: Igbo's words for time. The noun comes first and has no plural. */
import type { SpanUnit } from './times.ts'

const nouns: Readonly<Record<SpanUnit, string>> = {
  year: 'afọ',
  month: 'ọnwa',
  day: 'ụbọchị',
  hour: 'awa',
  minute: 'nkeji',
  second: 'sekọnd',
}

/** `nkeji 2 gara aga`, `n'ime awa 3`, `ugbu a`. */
export function igboRelative(count: number, unit: SpanUnit, number: (value: number) => string): string {
  if (count === 0) return 'ugbu a'
  const span = `${nouns[unit]} ${number(Math.abs(count))}`
  return count < 0 ? `${span} gara aga` : `n'ime ${span}`
}

/** `2026-11-21 18:30:05 +01:00`, in the reader's own time zone. */
export function plainTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const away = -date.getTimezoneOffset()
  const zone = `${away < 0 ? '-' : '+'}${two(Math.floor(Math.abs(away) / 60))}:${two(Math.abs(away) % 60)}`
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')} ${zone}`
}
