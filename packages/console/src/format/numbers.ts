/** Numbers and sizes as the reader's language writes them. Pure: the language is handed in. */
import type { Language } from '@restpoint/docs/languages'
import { devanagari } from './nepali.ts'

export type Numbers = Pick<Language, 'code' | 'numbers'>

export function number(language: Numbers, value: number, digits = 0): string {
  return formatted(language, { maximumFractionDigits: digits }, value)
}

/** `fraction` 0…1 → `42%`; never 100 before it is all. */
export function percent(language: Numbers, fraction: number): string {
  const whole = fraction >= 1 ? 1 : Math.min(0.99, Math.floor(fraction * 100) / 100)
  return formatted(language, { style: 'percent' }, whole)
}

/** Nepal writes its numbers as India does: 12,34,567. */
function formatted({ code, numbers }: Numbers, options: Intl.NumberFormatOptions, value: number): string {
  if (code === 'ne') return devanagari(new Intl.NumberFormat('en-IN', options).format(value))
  return new Intl.NumberFormat(numbers, options).format(value)
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
