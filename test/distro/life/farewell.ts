/** Everything that the clone stands on is deleted under it: the snapshots, then its origin. */
import { strict as assert } from 'node:assert'
import { examine, query } from '../guest/database.ts'
import { identityOf } from '../guest/identity.ts'
import { WriteLoad } from '../guest/load.ts'
import type { Report } from '../report.ts'
import { garbageBecomes, waitsFor } from '../support/layers.ts'
import { begin, remove } from '../support/operations.ts'
import { booted } from '../support/power.ts'
import { run } from '../support/run.ts'
import type { World } from '../world.ts'
import type { Born } from './birth.ts'
import type { Branch } from './branch.ts'
import { lost, type Past } from './past.ts'

const shared = waitsFor(/^shared by servers /)

export async function farewell(world: World, report: Report, { origin }: Born, past: Past, branch: Branch) {
  const { api } = world
  const { clone, identity } = branch
  const others = past.snapshots.filter(({ id }) => id !== past.chosen.id)

  await report.step('Delete the other two snapshots while both run and the origin writes', async see => {
    const load = WriteLoad.start(origin.guest, (await examine(origin.guest)).last + 1)
    await load.more(100)
    for (const { id } of others) await api.remove(id)
    const garbage = await garbageBecomes(
      world,
      clone,
      'merged but for what both use',
      all => all.length > 0 && all.every(shared),
    )
    await garbageBecomes(world, origin, 'merged but for what both use', all => all.every(shared))
    await load.more(100)
    const written = await load.end()
    const mine = await examine(origin.guest)
    if (mine.last < written) throw new Error(lost(mine, written))
    assert.equal((await examine(clone.guest)).digest, past.chosenTable.digest, "the clone's rows")
    const reasons = [...new Set(garbage.map(layer => layer.merge?.waits_for))].join('; ')
    see(
      `what the origin alone used was merged while it wrote; what both use waits (${reasons}); both databases are whole`,
    )
  })

  await report.step('Stop the clone', async see => {
    await begin(api, `/servers/${clone.id}/stop/`)
    await garbageBecomes(world, origin, 'merged', all => all.length === 0)
    await examine(origin.guest)
    see('what had waited was merged in the running origin; its database is whole')
  })

  await report.step('Start the clone again', async see => {
    await begin(api, `/servers/${clone.id}/start/`)
    await booted(world, clone)
    assert.equal((await examine(clone.guest)).digest, past.chosenTable.digest, "the clone's rows")
    assert.deepEqual(await identityOf(clone.guest), identity)
    see('its database is whole, the rows are the same; it is who it was')
  })

  await report.step('Delete the second snapshot and the origin while the clone writes', async see => {
    const load = WriteLoad.start(clone.guest, past.chosenTable.last + 1)
    await load.more(100)
    await api.remove(past.chosen.id)
    await remove(api, `/servers/${origin.id}/`)
    await garbageBecomes(world, clone, 'all merged', all => all.length === 0)
    await load.more(100)
    const written = await load.end()
    const table = await examine(clone.guest)
    if (table.last < written) throw new Error(lost(table, written))
    const old = await query(
      clone.guest,
      `select md5(string_agg(digest, '' order by n)) from load where n <= ${past.chosenTable.last};`,
    )
    assert.equal(old, past.chosenTable.digest, 'the rows of the snapshot')
    see(
      `all that the clone needs was merged into its own layers while it wrote ${written - past.chosenTable.last} rows; its database is whole`,
    )
  })

  await report.step('Stop the clone and examine its layers', async see => {
    await begin(api, `/servers/${clone.id}/stop/`)
    const layers = await api.layers(clone.id)
    for (const layer of layers) await run('qemu-img', ['check', '-f', 'qcow2', layer.path])
    see(
      `qemu-img check finds nothing wrong in ${layers.length} layers: ${layers
        .map(layer => layer.kind)
        .sort()
        .join(', ')}`,
    )
  })
}
