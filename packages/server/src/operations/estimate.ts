/** How long something takes here, as it was measured: no figure of ours, and none where there is no history yet. */
import { sql } from 'kysely'
import type { Db, Trx } from '../db/database.ts'

const SAMPLE = 20
/** How far back is looked: what is rare must not cost a walk through everything that ever was. */
const WINDOW = 5000

/**
 * Median ms, from request to end, of the last completed operations of this kind, and of how many; undefined without
 * history.
 */
export async function measured(
  db: Db | Trx,
  kind: string,
): Promise<{ readonly medianMs: number; readonly count: number } | undefined> {
  const rows = await newest(db, kind).execute()
  const took = rows.map(row => (row.ended_at ?? row.created_at) - row.created_at).sort((a, b) => a - b)
  const medianMs = took[Math.floor((took.length - 1) / 2)]
  return medianMs === undefined ? undefined : { medianMs, count: took.length }
}

/** The newest completed operations of a kind. */
export function newest(db: Db | Trx, kind: string) {
  return (
    db
      .selectFrom('operations')
      .select(['created_at', 'ended_at'])
      .where('kind', '=', kind)
      .where('id', '>', eb => eb.selectFrom('operations').select(sql<number>`max(id) - ${sql.lit(WINDOW)}`.as('from')))
      // Spelt so that no index on the status is used: the newest few are found at the end of the table at once.
      .where(sql`status || ''`, '=', 'completed')
      .orderBy('id', 'desc')
      .limit(SAMPLE)
  )
}

/** In words: "less than a second", "about 12 seconds", "about 3 minutes". */
export function inWords(ms: number): string {
  if (ms < 1000) return 'less than a second'
  const seconds = Math.round(ms / 1000)
  if (seconds < 100) return seconds === 1 ? 'about a second' : `about ${seconds} seconds`
  return `about ${Math.round(seconds / 60)} minutes`
}

/** One sentence. */
export async function estimate(db: Db | Trx, kind: string, noun: string): Promise<string> {
  const known = await measured(db, kind)
  return known === undefined
    ? `How long ${noun} takes on this host is not known yet: none has been completed so far.`
    : `On this host ${noun} takes ${inWords(known.medianMs)} (median of the last ${known.count}).`
}
