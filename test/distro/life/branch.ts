/** A clone of a snapshot beside its running origin, to try an upgrade in. */
import { examine, query } from '../guest/database.ts'
import { assertStrangers, type Identity, identityOf } from '../guest/identity.ts'
import { WriteLoad } from '../guest/load.ts'
import { upgrade } from '../guest/upgrade.ts'
import type { Report } from '../report.ts'
import { cloneServer } from '../support/make.ts'
import { booted } from '../support/power.ts'
import type { Member, World } from '../world.ts'
import { lost, type Past } from './past.ts'

export interface Branch {
  readonly clone: Member
  readonly identity: Identity
}

export async function branch(world: World, report: Report, origin: Member, past: Past): Promise<Branch> {
  const clone = await report.step('Clone the second snapshot while its origin writes on', async see => {
    const load = WriteLoad.start(origin.guest, past.currentTable.last + 1)
    await load.more(100)
    const begun = Date.now()
    const made = await cloneServer(world, 'clone', origin, past.chosen.id)
    const madeMs = Date.now() - begun
    const reachedMs = await booted(world, made)
    const before = load.acknowledged
    await load.more(100)
    see(
      `made and started in ${madeMs} ms, reached by ssh ${Math.round(reachedMs / 1000)} s later; ` +
        `its origin wrote ${before - past.currentTable.last} rows meanwhile`,
    )
    const written = await load.end()
    const table = await examine(origin.guest)
    if (table.last < written) throw new Error(lost(table, written))
    return made
  })

  const identity = await report.step('Compare the two', async see => {
    const [mine, its] = [await identityOf(clone.guest), await identityOf(origin.guest)]
    assertStrangers(mine, its)
    if (mine.hostname !== 'clone') throw new Error(`the clone's host name is ${mine.hostname}`)
    const table = await examine(clone.guest)
    if (table.digest !== past.chosenTable.digest) throw new Error("the clone's rows are not the snapshot's")
    see(
      'host name, machine id, ssh host keys, MAC address, UUID and cloud-init instance all differ; the rows are ' +
        'those of the snapshot',
    )
    return mine
  })

  await report.step('Upgrade the clone', async see => {
    const version = () => query(clone.guest, 'show server_version;').then(text => text.split(' ')[0])
    const before = await version()
    const done = await upgrade(clone.guest)
    const table = await examine(clone.guest)
    if (table.digest !== past.chosenTable.digest) throw new Error('the upgrade changed rows')
    const after = await version()
    see(
      `${done}${after === before ? '' : `, PostgreSQL ${before} to ${after}`}; the database is whole, the rows are the same`,
    )
  })
  return { clone, identity }
}
