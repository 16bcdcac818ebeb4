/** Numbers and sizes as the reader's language writes them. Pure: the language is handed in. */
import type { Language } from '@restpoint/docs/languages'

export type Numbers = Pick<Language, 'code' | 'numbers'>

export function number({ numbers }: Numbers, value: number, digits = 0): string {
  return new Intl.NumberFormat(numbers, { maximumFractionDigits: digits }).format(value)
}

/** `fraction` 0…1 → `42%`; never 100 before it is all. */
export function percent({ numbers }: Numbers, fraction: number): string {
  const whole = fraction >= 1 ? 1 : Math.min(0.99, Math.floor(fraction * 100) / 100)
  return new Intl.NumberFormat(numbers, { style: 'percent' }).format(whole)
}

const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const

/** `340 MB`, `1.2 GB`. By 1024, as the API's own `size_mb`, `memory` and `storage` are. */
export function size(language: Numbers, bytes: number): string {
  let value = bytes
  let unit = 0
  // What would round up to 1024 is one of the next unit.
  for (; value >= 1023.5 && unit < units.length - 1; unit++) value /= 1024
  const digits = unit >= 3 && value < 100 ? 1 : 0
  return `${number(language, value, digits)}\u00a0${units[unit]}`
}

export const MIB = 1024 ** 2
export const GIB = 1024 ** 3
