/**
 * Deleting snapshots, and what garbage collection makes of it: a merge upwards with the server running and stopped,
 * into a sealed layer, into the active one, above the base image, beside a clone; or nothing but a file that goes.
 */
import assert from 'node:assert/strict'
import { inTransaction } from '../../../../packages/server/src/db/database.ts'
import { readOffer } from '../../../../packages/server/src/servers/offer.ts'
import { requestClone } from '../../../../packages/server/src/servers/request-clone.ts'
import { requestDelete } from '../../../../packages/server/src/snapshots/delete.ts'
import { requestRestore } from '../../../../packages/server/src/snapshots/request-restore.ts'
import type { Scenario, Story } from '../attempt.ts'
import type { Requesting } from '../service.ts'
import type { World } from '../world.ts'
import { complete, headsOf, refusedWith, serverRow, stopped, withDriver } from './support.ts'

/** `which`: of the snapshots that are left, oldest first; null: the one between them, which has been deleted. */
const deletes =
  (which: 0 | 1 | null) =>
  async (world: World): Promise<Story> => {
    const { accountId, serverId, snapshotIds } = world
    const before = await allHeads(world)
    const { status } = await serverRow(world, serverId)
    const snapshotId = which === null ? null : snapshotIds[which]
    const drop = async ({ db, collect }: Requesting, snapshotId: number | null | undefined) => {
      if (snapshotId != null) {
        await inTransaction(db, trx => requestDelete(trx, world.deps, { accountId, snapshotId }))
      }
      await collect()
    }
    return {
      request: hands => drop(hands, snapshotId),
      verify: async () => {
        assert.deepEqual(await allHeads(world), before, 'what the guests read')
        assert.equal((await serverRow(world, serverId)).status, status)
      },
      again: async hands => {
        if (snapshotId === null) return drop(hands, snapshotIds[1])
        const { deleted_at } = await world.db
          .selectFrom('snapshots')
          .select('deleted_at')
          .where('id', '=', snapshotId as number)
          .executeTakeFirstOrThrow()
        if (deleted_at === null) return drop(hands, snapshotId)
        await refusedWith('not_found', () => drop(hands, snapshotId))
        await drop(hands, snapshotIds[which === 0 ? 1 : 0])
      },
    }
  }

/** By server. */
async function allHeads(world: World): Promise<unknown> {
  const servers = await world.db.selectFrom('servers').select('id').orderBy('id').execute()
  return Promise.all(servers.map(async ({ id }) => [id, await headsOf(world, id)]))
}

/** Of the newest snapshot: it shares all that lies below that one. It is stopped, else nothing could be merged there. */
async function cloned(world: World): Promise<void> {
  const { db, accountId, serverId, snapshotIds } = world
  const wanted = {
    ...{ accountId, serverId, snapshotId: snapshotIds[1], name: 'clone', hostname: 'clone', location: 'here' },
    ...{ plan: { name: 'tiny', vcpus: 1, memoryMb: 64, storageGb: null }, network: 'none', forwards: [] },
    ...{ cloudInit: null, autostart: true, quarantine: false },
  }
  const offer = await withDriver(world, driver => readOffer(db, driver, wanted))
  const clone = await complete(world, trx => requestClone(trx, world.deps, wanted, offer, 0))
  await world.write(clone.serverId, 0, 5, 0x55)
  await stopped(world, clone.serverId)
}

/** Back to the oldest snapshot, and nobody can undo it any more: nothing stands on the newest. */
async function left(world: World): Promise<void> {
  const { db, accountId, snapshotIds, deps, space } = world
  const wanted = { accountId, snapshotId: snapshotIds[0] }
  await complete(world, (trx, driver) => requestRestore(trx, { ...deps, driver }, wanted, space))
  await db.updateTable('undo_points').set({ expires_at: 1 }).execute()
}

const both = async (world: World) => {
  await cloned(world)
  await stopped(world)
}

export const deletionScenarios: readonly Scenario[] = [
  { during: 'merge into a sealed layer, server running', kind: 'merge', open: deletes(null) },
  { during: 'merge into a sealed layer, server stopped', kind: 'merge', prepare: stopped, open: deletes(null) },
  { during: 'snapshot deleted, merged into the active layer', kind: 'merge', open: deletes(1) },
  { during: 'snapshot deleted, the base image below', kind: 'merge', open: deletes(0) },
  { during: 'merge beside a clone, server running', kind: 'merge', prepare: cloned, open: deletes(null) },
  { during: 'merge beside a clone, both stopped', kind: 'merge', prepare: both, open: deletes(null) },
  { during: 'snapshot deleted, nothing on top of it', kind: 'merge', prepare: left, open: deletes(1) },
]
