/** What others have written goes to the terminal without anything that a terminal would obey. */

/** A copy whose strings have no control characters. */
export function cleaned<T>(value: T): T {
  if (typeof value === 'string') return value.replaceAll(/\p{Cc}+/gu, ' ') as T
  if (Array.isArray(value)) return value.map(cleaned) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, cleaned(one)])) as T
}
