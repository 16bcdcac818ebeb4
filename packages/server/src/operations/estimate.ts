/** How long something takes here, as it was measured: no figure of ours, and none where there is no history yet. */
import { sql } from 'kysely'
import type { Db, Trx } from '../db/database.ts'

const SAMPLE = 20

/** Median of the last completed operations of this kind, ms, from request to end; undefined without history. */
export async function medianMs(db: Db | Trx, kind: string): Promise<number | undefined> {
  const rows = await db
    .selectFrom('operations')
    .select(['created_at', 'ended_at'])
    .where('kind', '=', kind)
    // Spelt so that no index on the status is used: the newest few are found at the end of the table at once.
    .where(sql`status || ''`, '=', 'completed')
    .orderBy('id', 'desc')
    .limit(SAMPLE)
    .execute()
  const took = rows.map(row => (row.ended_at ?? row.created_at) - row.created_at).sort((a, b) => a - b)
  return took[Math.floor((took.length - 1) / 2)]
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
  const median = await medianMs(db, kind)
  return median === undefined
    ? `How long ${noun} takes on this host is not known yet: none has been completed so far.`
    : `On this host ${noun} takes ${inWords(median)} (median of the last ${SAMPLE}).`
}
