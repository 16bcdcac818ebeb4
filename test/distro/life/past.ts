/** Snapshots while the database writes, back to one of them, and forth again. */
import { examine, query, type Table } from '../guest/database.ts'
import { WriteLoad } from '../guest/load.ts'
import type { Report } from '../report.ts'
import { begin } from '../support/operations.ts'
import { booted } from '../support/power.ts'
import { type Taken, takeSnapshot } from '../support/snapshots.ts'
import type { Member, World } from '../world.ts'

export interface Past {
  readonly snapshots: readonly Taken[]
  /** What is branched from later. */
  readonly chosen: Taken
  /** The database in the chosen one. */
  readonly chosenTable: Table
  /** The database as it is now. */
  readonly currentTable: Table
}

/** Between two events; enough for each to come in the middle of work. */
const rows = 300

export async function past(world: World, report: Report, origin: Member): Promise<Past> {
  const { guest } = origin
  const load = WriteLoad.start(guest, 1)

  const snapshots = await report.step('Three live snapshots under write load', async see => {
    const taken: Taken[] = []
    for (const name of ['first', 'second', 'third']) {
      await load.more(rows)
      taken.push(await takeSnapshot(world, origin, name, load))
    }
    await load.more(rows)
    const each = (of: (snapshot: Taken) => number) => taken.map(snapshot => Math.round(of(snapshot))).join(', ')
    see(
      `${load.perSecond} acknowledged commits a second; each snapshot consistent to the file system, in ${each(s => s.tookMs)} ms; ` +
        `frozen for ${each(s => s.freezeMs)} ms, the cut in it ${each(s => s.pauseMs)} ms`,
    )
    return taken
  })
  const chosen = snapshots[1] as Taken

  const chosenTable = await report.step('Restore the second, the load still running', async see => {
    await query(guest, 'create table mishap ()')
    await load.more(rows)
    await begin(world.api, `/snapshots/${chosen.id}/restore/`)
    const reachedMs = await booted(world, origin)
    const written = await load.end()
    if (await hasMishap(guest)) throw new Error('the mishap is still there')
    const table = await examine(guest)
    if (table.last < chosen.acknowledged) throw new Error(lost(table, chosen.acknowledged))
    if (table.last > written - 2 * rows) throw new Error(`row ${table.last} is of a time after the snapshot`)
    see(
      `${table.last} rows: none of the ${chosen.acknowledged} acknowledged before the snapshot is lost, what came after is gone; ` +
        `every page, index and row is right; reached by ssh ${Math.round(reachedMs / 1000)} s after the start, with the host keys it had`,
    )
    return table
  })

  const currentTable = await report.step('Undo the restore', async see => {
    const written = load.acknowledged
    await begin(world.api, `/servers/${origin.id}/undo/`)
    await booted(world, origin)
    if (!(await hasMishap(guest))) throw new Error('what was there before the restore is not')
    const table = await examine(guest)
    if (table.last < written) throw new Error(lost(table, written))
    see(`${table.last} rows: all ${written} that had been acknowledged up to the restore; everything is right`)
    return table
  })
  return { snapshots, chosen, chosenTable, currentTable }
}

async function hasMishap(guest: Member['guest']): Promise<boolean> {
  return (await query(guest, "select to_regclass('mishap') is not null;")) === 't'
}

export function lost(table: Table, acknowledged: number): string {
  return `row ${acknowledged} was acknowledged, but the last one is ${table.last}`
}
