/**
 * A database that is older than the state folder, or new, must not be worked with: it would give ids again that files
 * bear already, let a guest write to a layer that others stand on, and have the records follow it.
 */
import type { Db } from '../db/database.ts'
import { highestIds } from '../db/ids.ts'
import type { LayerId } from '../domain/layers.ts'
import { parseRecords } from './rebuild/read.ts'

/** Why this database cannot be the newest of this state folder; undefined where nothing speaks against it. */
export async function whyTooOld(
  db: Db,
  found: { readonly records: ReadonlyMap<string, string>; readonly layers: readonly LayerId[] },
): Promise<string | undefined> {
  const given = await highestIds(db)
  const recorded = parseRecords(found.records).ids.highest
  for (const [table, highest] of Object.entries(recorded)) {
    const here = given[table]
    if (here === undefined || here >= highest) continue
    return `the records know ${table.replace('_', ' ')} up to ${highest}, the database only up to ${here}`
  }
  const newest = Math.max(0, ...found.layers)
  if (newest <= (given['layers'] ?? 0)) return undefined
  return `there is a file of layer ${newest}, and the database has never heard of it`
}
