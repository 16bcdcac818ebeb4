/** What snapshots and servers may be called: the API's own rules, checked while one types. */

const rules = {
  snapshot: { pattern: /^[A-Za-z0-9_-]{1,255}$/, isStrange: /[^A-Za-z0-9_-]/u },
  server: { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/, isStrange: /[^A-Za-z0-9._-]/u },
} as const

/** Longer ones are refused by the service. */
export const LONGEST_NAME = 255
export const LONGEST_DESCRIPTION = 1000

export type NameFault = 'empty' | 'strange' | 'start' | 'long'

/** Undefined: it is a name. */
export function faultOf(noun: keyof typeof rules, name: string): NameFault | undefined {
  const { pattern, isStrange } = rules[noun]
  if (pattern.test(name)) return undefined
  if (name === '') return 'empty'
  if (isStrange.test(name)) return 'strange'
  return name.length > LONGEST_NAME ? 'long' : 'start'
}

/** As the service counts: a sign that takes two places in memory is one. */
export function lengthOf(text: string): number {
  return [...text].length
}

/** `2026-11-21-1830`, in the reader's own time: sorts, and says when. */
export function nameForNow(now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-')
  return `${day}-${two(now.getHours())}${two(now.getMinutes())}`
}
