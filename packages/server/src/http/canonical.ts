import { hash } from 'node:crypto'

/** Two requests are the same if they ask for the same: order of names and spacing do not count. */
export function requestDigest(method: string, path: string, query: unknown, body: unknown): string {
  return hash('sha256', JSON.stringify(sorted([method, path, query ?? {}, body ?? null])), 'hex')
}

/** Bodies are nested at most 64 levels deep (`json.ts`), so recursion is safe. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const names = Object.keys(value).sort()
  return names.map(name => [name, sorted((value as Record<string, unknown>)[name])])
}
