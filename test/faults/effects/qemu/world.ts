/** A state folder with real files, a real database and real machines; what counts is every effect on the host. */
import assert from 'node:assert/strict'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Db } from '../../../../packages/server/src/db/database.ts'
import { openSqlite } from '../../../../packages/server/src/db/sqlite/open.ts'
import { examine } from '../../../../packages/server/src/doctor/examine.ts'
import { realHost } from '../../../../packages/server/src/drivers/qemu/host.ts'
import { guestPaths } from '../../../../packages/server/src/drivers/qemu/paths.ts'
import { survey } from '../../../../packages/server/src/drivers/qemu/survey.ts'
import { readMachine } from '../../../../packages/server/src/layers/machine.ts'
import { readChain } from '../../../../packages/server/src/layers/store.ts'
import { countedDatabase } from '../../../../packages/server/test/support/counted-database.ts'
import { countedHost } from '../../../../packages/server/test/support/counted-host.ts'
import type { Effects } from '../../../../packages/server/test/support/effects.ts'
import { limits, SPACE } from '../../../../packages/server/test/support/small-server.ts'
import { killMachines, machinesOf } from '../../../system/support/machines.ts'
import type { Content, Hands, World } from '../world.ts'
import { fillImage } from './content.ts'
import { hostOfTests, openDriverOn } from './driver.ts'
import { guestStop, guestWrite } from './guest.ts'
import type { Template } from './place.ts'

export interface QemuWorld extends World {
  /** All machines end; the folder stays, to be copied. */
  leave(): Promise<void>
}

export async function openWorld({ folder, contentsOf, ...known }: Template): Promise<QemuWorld> {
  const db = openSqlite(join(folder, 'restpoint.db'))
  // The processes of the service are killed, not the host.
  await sql`pragma synchronous = off`.execute(db)
  const paths = guestPaths(folder)
  const brought = `${folder}-brought.raw`
  const since = Date.now()
  const settled = new WeakMap<Hands, () => Promise<void>>()
  await startWhatRan(db, folder)
  const snapshots = await allSnapshots()

  async function contents(id: number): Promise<Content> {
    const [layer, ...below] = await readChain(db, id)
    if (!layer) throw new Error(`layer ${id} is gone`)
    return contentsOf(
      layer.format,
      [layer, ...below].map(one => paths.layer(one)),
      since,
    )
  }

  /** `snapshot/slot` → what it holds. */
  async function allSnapshots(): Promise<Map<string, Content>> {
    const rows = await db
      .selectFrom('snapshot_layers')
      .innerJoin('snapshots', 'snapshots.id', 'snapshot_id')
      .select(['snapshot_id', 'slot', 'layer_id'])
      .where('deleted_at', 'is', null)
      .execute()
    return new Map(
      await Promise.all(
        rows.map(async row => [`${row.snapshot_id}/${row.slot}`, await contents(row.layer_id)] as const),
      ),
    )
  }

  return {
    db,
    ...known,
    deps: limits,
    space: SPACE,
    openDriver: () => openDriverOn(folder),
    async openSpoilt(effects) {
      const counted = countedHost(hostOfTests(), folder, effects)
      const driver = await openDriverOn(folder, counted.host)
      const servers = await db.selectFrom('servers').select('id').where('deleted_at', 'is', null).execute()
      await driver.adopt(servers.map(({ id }) => id))
      const hands = { driver, db: countedDatabase(db, onlyItsDeath(effects)) }
      settled.set(hands, async () => {
        if (!effects.isDead) await driver.close()
        await counted.settled()
      })
      return hands
    },
    closeSpoilt: async hands => settled.get(hands)?.(),
    contents,
    layerIds: async () => (await survey(realFiles, folder)).layers.map(({ id }) => id),
    async hostPorts(serverId) {
      const machine = (await machinesOf(folder)).find(({ name }) => name === `restpoint-${serverId}`)
      const args = machine ? await readFile(`/proc/${machine.pid}/cmdline`, 'utf8') : ''
      return [...args.matchAll(/hostfwd=tcp:127\.0\.0\.1:(\d+)-/g)].map(([, port]) => Number(port))
    },
    write: (...what) => guestWrite(db, folder, ...what),
    pause: async serverId => void (await guestStop(folder, serverId)),
    async bring(content) {
      await fillImage(brought, { format: 'raw', sizeBytes: 4 * 1024 * 1024 }, content)
      return brought
    },
    // UEFI takes its time to find that there is nothing to boot.
    variables: null,

    async verify() {
      const findings = await examine(folder, { pausesMs: [100, 400] })
      assert.deepEqual(
        findings.map(({ invariant, text }) => `${invariant}: ${text}`),
        [],
        'what the doctor finds',
      )
      const { layers, others, trash, benches } = await survey(realFiles, folder)
      const rows = await db.selectFrom('layers').select(['id']).where('file', 'is', null).orderBy('id').execute()
      assert.deepEqual(
        layers.map(({ id }) => id),
        rows.map(({ id }) => id),
        'files and rows of layers',
      )
      assert.deepEqual({ others, trash, benches }, { others: [], trash: [], benches: [] }, 'what is left over')
      await verifyProcesses(db, folder)
      const now = await allSnapshots()
      for (const [key, content] of snapshots) {
        if (now.has(key)) assert.deepEqual(now.get(key), content, `what snapshot ${key} holds`)
      }
    },
    async leave() {
      await withoutMachines(db, folder)
      await db.destroy()
    },
    async close() {
      await killMachines(folder)
      await db.destroy()
      for (const path of [folder, brought]) await rm(path, { recursive: true, force: true })
    },
  }
}

const realFiles = realHost(null)

/** Statements are not counted here: `memory/` does that. */
function onlyItsDeath(effects: Effects): Pick<Effects, 'isDead' | 'around'> {
  return {
    get isDead() {
      return effects.isDead
    },
    around: (_effect, work) => work(),
  }
}

/** Each of its disks has something then that is in QEMU's hands only, and that its guest has synced. */
async function startWhatRan(db: Db, folder: string): Promise<void> {
  const servers = await db
    .selectFrom('servers')
    .select(['id', 'status'])
    .where('status', 'in', ['active', 'suspended'])
    .where('deleted_at', 'is', null)
    .execute()
  if (servers.length === 0) return
  const driver = await openDriverOn(folder)
  for (const { id, status } of servers) {
    const machine = await readMachine(db, id)
    await driver.start(machine)
    for (const { slot } of machine.disks) await guestWrite(db, folder, id, slot, 40 + slot, 0x66)
    if (status === 'suspended') await guestStop(folder, id)
  }
  await driver.close()
}

async function withoutMachines(db: Db, folder: string): Promise<void> {
  const servers = await db.selectFrom('servers').select('id').where('deleted_at', 'is', null).execute()
  const driver = await openDriverOn(folder)
  for (const { id } of servers) {
    await driver.stop(id, 0)
    await driver.forget(id)
  }
  await driver.close()
}

/** The machines of the servers that run, and no others; and no sockets of those that do not. */
async function verifyProcesses(db: Db, folder: string): Promise<void> {
  const servers = await db
    .selectFrom('servers')
    .select('id')
    .where('status', 'in', ['active', 'suspended'])
    .where('deleted_at', 'is', null)
    .execute()
  const machines = (await machinesOf(folder)).map(({ name }) => name)
  assert.deepEqual(machines.sort(), servers.map(({ id }) => `restpoint-${id}`).sort(), 'machines that run')
  const names = await readdir(guestPaths(folder).machines, { recursive: true })
  const left = names.filter(name => name.endsWith('.sock') && !servers.some(({ id }) => name.startsWith(`${id}/`)))
  assert.deepEqual(left, [], 'sockets of machines that do not run')
}
