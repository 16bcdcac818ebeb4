/**
 * Hosts with real QEMU machines on them, each in a state folder of its own. What a scenario begins with is made once, by
 * a service that nothing happens to, and copied for each attempt; machines that ran run again on the copy. Their guests
 * have no system: what they write, we write in their place.
 */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../../../packages/server/src/db/migrate.ts'
import { openSqlite } from '../../../../packages/server/src/db/sqlite/open.ts'
import { guestPaths } from '../../../../packages/server/src/drivers/qemu/paths.ts'
import { type Furnished, furnish, kindsOn } from '../../../../packages/server/test/support/small-server.ts'
import { killMachines } from '../../../system/support/machines.ts'
import type { Place, Scenario } from '../attempt.ts'
import { contentReader, fillImage, type ReadContents } from './content.ts'
import { openDriverOn } from './driver.ts'
import { guestWrite } from './guest.ts'
import { openWorld } from './world.ts'

export interface Template extends Furnished {
  readonly folder: string
  readonly accountId: number
  readonly contentsOf: ReadContents
}

/** All of it lies in one folder. */
export async function openQemuPlace(): Promise<Place & { close(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'rp-qemu-'))
  const templates = new Map<Scenario['prepare'], Promise<Template>>()
  let plain: Promise<Template> | undefined
  let copies = 0

  async function copyOf(template: Template): Promise<Template> {
    const folder = join(root, String(++copies))
    await cp(template.folder, folder, { recursive: true, preserveTimestamps: true })
    return { ...template, folder }
  }

  async function prepared(prepare: NonNullable<Scenario['prepare']>): Promise<Template> {
    const copy = { ...(await copyOf(await plainOnce())), contentsOf: contentReader() }
    const world = await openWorld(copy)
    await prepare(world)
    await world.leave()
    return copy
  }

  const plainOnce = () => (plain ??= makePlain(join(root, 'plain')))

  async function templateOf({ prepare }: Scenario): Promise<Template> {
    if (!prepare) return plainOnce()
    const made = templates.get(prepare) ?? prepared(prepare)
    templates.set(prepare, made)
    return made
  }

  return {
    on: 'qemu',
    open: async scenario => openWorld(await copyOf(await templateOf(scenario))),
    async close() {
      await killMachines(root)
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function makePlain(folder: string): Promise<Template> {
  await mkdir(folder, { mode: 0o700 })
  const db = openSqlite(join(folder, 'restpoint.db'))
  await migrate(db)
  const { id: accountId } = await db
    .insertInto('accounts')
    .values({ email: 'owner@example.test', first_name: '', last_name: '', company_name: '', created_at: 0 })
    .returning('id')
    .executeTakeFirstOrThrow()
  const driver = await openDriverOn(folder)
  const paths = guestPaths(folder)
  const furnished = await furnish(db, accountId, kindsOn(db, driver), {
    driver,
    addImage: (layer, content) => fillImage(paths.layer(layer), layer, content),
    write: (...what) => guestWrite(db, folder, ...what),
  })
  await driver.stop(furnished.serverId, 0)
  await driver.forget(furnished.serverId)
  await driver.close()
  await db.destroy()
  return { folder, accountId, contentsOf: contentReader(), ...furnished }
}
