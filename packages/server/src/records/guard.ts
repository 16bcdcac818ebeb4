/**
 * A database that is older than the state folder, or new, must not be worked with: it would give ids again that files
 * bear already, let a guest write to a layer that others stand on, and have the records follow it.
 */
import type { Db } from '../db/database.ts'
import { highestIds } from '../db/ids.ts'
import { DatabaseProblem } from '../db/problem.ts'
import type { LayerId } from '../domain/layers.ts'
import { recordedIds } from './rebuild/read.ts'

export interface InFolder {
  readonly records: ReadonlyMap<string, string>
  /** Those that have a file. */
  readonly layers: readonly LayerId[]
}

/** @throws DatabaseProblem */
export async function refuseOlderDatabase(db: Db, found: InFolder): Promise<void> {
  const why = await whyTooOld(db, found)
  if (why === undefined) return
  throw new DatabaseProblem(
    `This is not the database that the state folder was last used with: ${why}. Bring that one back; or, if it is lost, ` +
      'move this one away and have a new one made: npm run rebuild (docs/leaving.md).',
  )
}

async function whyTooOld(db: Db, { records, layers }: InFolder): Promise<string | undefined> {
  const given = await highestIds(db)
  for (const [table, highest] of Object.entries(recordedIds(records))) {
    const here = given[table]
    if (here === undefined || here >= highest) continue
    return `the records know ${table.replace('_', ' ')} up to ${highest}, the database up to ${here}`
  }
  const newest = Math.max(0, ...layers)
  if (newest <= (given['layers'] ?? 0)) return undefined
  return `there is a file of layer ${newest}, of which the database has never heard`
}
