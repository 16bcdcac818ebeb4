/** When a new token ends. Pure; times are epoch ms, those of the API are text. */

/** What is offered, days. */
export const lives = [1, 7, 30, 90, 365] as const
export type Life = `${(typeof lives)[number]}` | 'own' | 'never' | 'day'

const DAY_MS = 86_400_000

/** Those that do not outlive the maker's own token, `ownEnd`; null: it does not end. */
export function livesWithin(ownEnd: string | null, now: number): Life[] {
  const days = lives.filter(life => ownEnd === null || now + life * DAY_MS <= Date.parse(ownEnd))
  return [...days.map(life => `${life}` as const), ownEnd === null ? 'never' : 'own', 'day']
}

/** As the API takes it; undefined: never. Null: `day`, as `2026-11-21T18:30` in the reader's time, is no time to come. */
export function endOf(life: Life, day: string, ownEnd: string | null, now: number): string | undefined | null {
  if (life === 'never') return undefined
  if (life === 'own') return ownEnd ?? undefined
  if (life !== 'day') return toTime(now + Number(life) * DAY_MS)
  const at = Date.parse(day)
  return at > now ? toTime(at) : null
}

function toTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}
