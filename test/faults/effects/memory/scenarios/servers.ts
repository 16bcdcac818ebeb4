/** Making servers, from an image and from a snapshot, and deleting one. */
import assert from 'node:assert/strict'
import { inTransaction } from '../../../../../packages/server/src/db/database.ts'
import { MAX_CHAIN_DEPTH } from '../../../../../packages/server/src/domain/layers.ts'
import { NVRAM_BYTES } from '../../../../../packages/server/src/drivers/memory/firmware.ts'
import { readDisks } from '../../../../../packages/server/src/layers/machine.ts'
import { readChain, readLayer } from '../../../../../packages/server/src/layers/store.ts'
import { readOffer } from '../../../../../packages/server/src/servers/offer.ts'
import { bytesToCopy, requestClone } from '../../../../../packages/server/src/servers/request-clone.ts'
import { requestCreate } from '../../../../../packages/server/src/servers/request-create.ts'
import { requestDelete } from '../../../../../packages/server/src/servers/request-delete.ts'
import { requestRestore } from '../../../../../packages/server/src/snapshots/request-restore.ts'
import type { SmallHost } from '../../../../../packages/server/test/support/small-host.ts'
import type { Scenario, Story } from '../attempt.ts'
import type { Hands } from '../service.ts'
import { type Content, complete, contentOf, refusedWith, serverRow } from './support.ts'

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
async function makes(host: SmallHost, content: Content, request: (hands: Hands) => Promise<unknown>): Promise<Story> {
  const { db, memory } = host
  const servers = () => db.selectFrom('servers').select(['id', 'status', 'status_reason']).orderBy('id').execute()
  const known = (await servers()).length
  const before = await host.content()
  return {
    request,
    verify: async outcome => {
      assert.deepEqual(await host.content(), before, 'what the guest beside it reads')
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
      const disks = await readDisks(db, server.id)
      const held = disks.map(disk => [disk.slot, memory.controls.contents(disk.active_layer_id)])
      assert.deepEqual(Object.fromEntries(held), content, 'what its disks hold')
      const { network } = memory.controls.started(server.id)
      const ports = await db
        .selectFrom('forwarded_ports')
        .select('host_port')
        .where('server_id', '=', server.id)
        .execute()
      assert.deepEqual(
        network.type === 'user' && network.forwards.map(({ hostPort }) => hostPort),
        ports.map(port => port.host_port),
        'its ports',
      )
    },
  }
}

const creates = async (host: SmallHost): Promise<Story> => {
  const { memory, accountId } = host
  const image = await host.db.selectFrom('images').select(['id', 'layer_id']).executeTakeFirstOrThrow()
  const scrap = { id: 1000, sizeBytes: NVRAM_BYTES, format: 'qcow2', isImage: false, file: null } as const
  await memory.driver.createNvram(scrap)
  const pristine = memory.controls.contents(scrap.id)
  await memory.driver.discardLayer(scrap)
  const content = { 0: memory.controls.contents(image.layer_id as number), 1: new Map(), 2: pristine }
  const wanted = { ...wish, accountId, imageId: image.id, firmware: 'uefi', disksGb: [1] } as const
  return makes(host, content, async ({ db, driver }) => {
    const offer = await readOffer(db, driver, wanted)
    await inTransaction(db, trx => requestCreate(trx, host.deps, wanted, offer))
  })
}

const clones =
  (prepare: (host: SmallHost) => Promise<unknown>) =>
  async (host: SmallHost): Promise<Story> => {
    await prepare(host)
    const { accountId, serverId } = host
    const [snapshotId] = host.snapshotIds
    const wanted = { ...wish, plan: { ...wish.plan, storageGb: null }, accountId, serverId, snapshotId }
    return makes(host, await contentOf(host, snapshotId), async ({ db, driver }) => {
      const offer = await readOffer(db, driver, wanted)
      const bytes = await bytesToCopy(db, driver, accountId, snapshotId)
      await inTransaction(db, trx => requestClone(trx, host.deps, wanted, offer, bytes))
    })
  }

/** The first disk of the snapshot stands on as many layers as may be below a layer: one more has to be a copy. */
export async function deepen({ db, memory, accountId, serverId, snapshotIds }: SmallHost): Promise<void> {
  const [snapshotId] = snapshotIds
  const held = await db
    .selectFrom('snapshot_layers')
    .selectAll()
    .where('snapshot_id', '=', snapshotId)
    .orderBy('slot')
    .execute()
  const [first] = held
  assert.ok(first)
  const sealed = await readLayer(db, first.layer_id)
  const [, ...below] = await readChain(db, sealed.id)
  const common = { account_id: accountId, size_bytes: sealed.sizeBytes, format: 'qcow2', created_at: 0 } as const
  const missing = MAX_CHAIN_DEPTH - 1 - below.length - 1
  const rows = await db
    .insertInto('layers')
    .values(Array(missing).fill({ ...common, server_id: serverId, is_image: 0, state: 'live' }))
    .returning('id')
    .execute()
  let parent = sealed
  // Each is an image's, so that nothing of it is garbage.
  await db
    .insertInto('images')
    .values(rows.map(({ id }) => ({ name: 'needed', os_name: '', layer_id: id, created_at: 0 })))
    .execute()
  for (const { id } of rows) {
    await db.updateTable('layers').set({ parent_id: parent.id }).where('id', '=', id).execute()
    const above = { ...parent, id }
    await memory.driver.createLayer(above, parent)
    parent = above
  }
  await db
    .updateTable('snapshot_layers')
    .set({ layer_id: parent.id })
    .where('snapshot_id', '=', snapshotId)
    .where('disk_id', '=', first.disk_id)
    .execute()
}

/** With snapshots, an undo point and a port. */
const deletes = async (host: SmallHost): Promise<Story> => {
  const { db, serverId, accountId, memory } = host
  await db.insertInto('forwarded_ports').values({ host_port: 2222, server_id: serverId, guest_port: 22 }).execute()
  const [snapshotId] = host.snapshotIds
  await complete(host, trx => requestRestore(trx, host.deps, { accountId, snapshotId }, host.space))
  const before = await host.content()
  const request = ({ db }: Hands) =>
    inTransaction(db, trx => requestDelete(trx, host.deps, { accountId, serverId, withSnapshots: true }))
  return {
    request,
    verify: async outcome => {
      const { deleted_at } = await serverRow(host, serverId)
      if (outcome === 'absent') {
        assert.equal(deleted_at, null)
        assert.deepEqual(await host.content(), before, 'what the guest reads')
        return
      }
      assert.notEqual(deleted_at, null)
      // Nobody could ask for it again: it has seen to that itself.
      assert.equal(outcome, 'completed')
      const image = await db.selectFrom('images').select('layer_id').executeTakeFirstOrThrow()
      assert.deepEqual(memory.controls.layerIds(), [image.layer_id], 'files')
    },
    again: async (hands, outcome) => {
      if (outcome === 'absent') await request(hands)
      else await refusedWith('not_found', () => request(hands))
    },
  }
}

export const serverScenarios: readonly Scenario[] = [
  { during: 'server_create', kind: 'server_create', open: creates },
  { during: 'server_clone', kind: 'server_clone', open: clones(async () => {}) },
  { during: 'server_clone, flattened', kind: 'server_clone', open: clones(deepen) },
  { during: 'server_delete', kind: 'server_delete', open: deletes },
]
