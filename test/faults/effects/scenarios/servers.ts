/** Making servers, from an image and from a snapshot, and deleting one. */
import assert from 'node:assert/strict'
import { inTransaction } from '../../../../packages/server/src/db/database.ts'
import { readOffer } from '../../../../packages/server/src/servers/offer.ts'
import { bytesToCopy, requestClone } from '../../../../packages/server/src/servers/request-clone.ts'
import { requestCreate } from '../../../../packages/server/src/servers/request-create.ts'
import { requestDelete } from '../../../../packages/server/src/servers/request-delete.ts'
import { requestRestore } from '../../../../packages/server/src/snapshots/request-restore.ts'
import { deepenSnapshot } from '../../../../packages/server/test/support/deepen.ts'
import type { Scenario, Story } from '../attempt.ts'
import type { Requesting } from '../service.ts'
import type { World } from '../world.ts'
import { type Contents, complete, headsOf, refusedWith, serverRow, snapshotOf, withDriver } from './support.ts'

const wish = {
  name: 'new',
  hostname: 'new',
  location: 'local',
  plan: { name: 'custom', vcpus: 1, memoryMb: 64, storageGb: 1 },
  network: 'user',
  forwards: [{ guestPort: 22, hostPort: null }],
  cloudInit: null,
  autostart: true,
  quarantine: false,
}

/** Each request makes one server more; that one is looked at. */
async function makes(
  world: World,
  contents: Contents,
  request: (hands: Requesting) => Promise<unknown>,
): Promise<Story> {
  const { db } = world
  const servers = () => db.selectFrom('servers').select(['id', 'status', 'status_reason']).orderBy('id').execute()
  const known = (await servers()).length
  const before = await headsOf(world)
  return {
    request,
    verify: async outcome => {
      assert.deepEqual(await headsOf(world), before, 'what the guest beside it reads')
      const all = await servers()
      if (outcome === 'absent') return assert.equal(all.length, known)
      const server = all.at(-1)
      assert.ok(server && all.length > known)
      if (outcome !== 'completed') {
        assert.equal(server.status, 'failed')
        assert.match(server.status_reason ?? '', /^It could not be made: /)
        return
      }
      assert.equal(server.status, 'active')
      assert.deepEqual(await headsOf(world, server.id), contents, 'what its disks hold')
      const ports = await db
        .selectFrom('forwarded_ports')
        .select('host_port')
        .where('server_id', '=', server.id)
        .execute()
      assert.deepEqual(
        await world.hostPorts(server.id),
        ports.map(port => port.host_port),
        'its ports',
      )
    },
  }
}

const creates = async (world: World): Promise<Story> => {
  const { accountId, variables, deps } = world
  const image = await world.db.selectFrom('images').select(['id', 'layer_id']).executeTakeFirstOrThrow()
  const disks = { 0: await world.contents(image.layer_id as number), 1: new Map() }
  const contents = variables === null ? disks : { ...disks, 2: variables }
  const firmware = variables === null ? 'bios' : 'uefi'
  const wanted = { ...wish, accountId, imageId: image.id, firmware, disksGb: [1] } as const
  return makes(world, contents, async ({ db, driver }) => {
    const offer = await readOffer(db, driver, wanted)
    await inTransaction(db, trx => requestCreate(trx, deps, wanted, offer))
  })
}

const clones = async (world: World): Promise<Story> => {
  const { accountId, serverId, deps } = world
  const [snapshotId] = world.snapshotIds
  const wanted = { ...wish, plan: { ...wish.plan, storageGb: null }, accountId, serverId, snapshotId }
  return makes(world, await snapshotOf(world, snapshotId), async ({ db, driver }) => {
    const offer = await readOffer(db, driver, wanted)
    const bytes = await bytesToCopy(db, driver, accountId, snapshotId)
    await inTransaction(db, trx => requestClone(trx, deps, wanted, offer, bytes))
  })
}

/** The first disk of the snapshot stands on as many layers as may be below a layer: one more has to be a copy. */
async function deepen(world: World): Promise<void> {
  const { db, snapshotIds } = world
  await withDriver(world, async driver => {
    const layers = await deepenSnapshot(db, driver, snapshotIds[0])
    // Each is an image's, so that nothing of it is garbage.
    const images = layers.map(layer_id => ({ name: 'needed', os_name: '', layer_id, created_at: 0 }))
    await db.insertInto('images').values(images).execute()
  })
}

/** An undo point and a port. */
async function used(world: World): Promise<void> {
  const { db, serverId, accountId, deps, space } = world
  await db.insertInto('forwarded_ports').values({ host_port: 2222, server_id: serverId, guest_port: 22 }).execute()
  const wanted = { accountId, snapshotId: world.snapshotIds[0] }
  await complete(world, (trx, driver) => requestRestore(trx, { ...deps, driver }, wanted, space))
}

const deletes = async (world: World): Promise<Story> => {
  const { db, serverId, accountId, deps } = world
  const before = await headsOf(world)
  const request = ({ db }: Requesting) =>
    inTransaction(db, trx => requestDelete(trx, deps, { accountId, serverId, withSnapshots: true }))
  return {
    request,
    verify: async outcome => {
      const { deleted_at } = await serverRow(world, serverId)
      if (outcome === 'absent') {
        assert.equal(deleted_at, null)
        assert.deepEqual(await headsOf(world), before, 'what the guest reads')
        return
      }
      assert.notEqual(deleted_at, null)
      // Nobody could ask for it again: it has seen to that itself.
      assert.equal(outcome, 'completed')
      const image = await db.selectFrom('images').select('layer_id').executeTakeFirstOrThrow()
      assert.deepEqual(await world.layerIds(), [image.layer_id], 'files')
    },
    again: async (hands, outcome) => {
      if (outcome === 'absent') await request(hands)
      else await refusedWith('not_found', () => request(hands))
    },
  }
}

export const serverScenarios: readonly Scenario[] = [
  { during: 'server_create', kind: 'server_create', open: creates },
  { during: 'server_clone', kind: 'server_clone', open: clones },
  { during: 'server_clone, flattened', kind: 'server_clone', prepare: deepen, open: clones },
  { during: 'server_delete', kind: 'server_delete', prepare: used, open: deletes },
]
