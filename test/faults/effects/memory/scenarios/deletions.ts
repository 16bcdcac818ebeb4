/**
 * Deleting snapshots, and what garbage collection makes of it: a merge upwards with the server running and stopped,
 * into a sealed layer, into the active one, above the base image, beside a clone; or nothing but a file that goes.
 */
import assert from 'node:assert/strict'
import { inTransaction } from '../../../../../packages/server/src/db/database.ts'
import { readDisks } from '../../../../../packages/server/src/layers/machine.ts'
import { readOffer } from '../../../../../packages/server/src/servers/offer.ts'
import { requestClone } from '../../../../../packages/server/src/servers/request-clone.ts'
import { requestDelete } from '../../../../../packages/server/src/snapshots/delete.ts'
import { requestRestore } from '../../../../../packages/server/src/snapshots/request-restore.ts'
import type { SmallHost } from '../../../../../packages/server/test/support/small-host.ts'
import type { Scenario, Story } from '../attempt.ts'
import type { Hands } from '../service.ts'
import { complete, refusedWith, serverRow, stopped } from './support.ts'

/** `which`: of the snapshots that are left, oldest first; null: the one between them, which has been deleted. */
const deletes =
  (which: 0 | 1 | null, prepare: (host: SmallHost) => Promise<unknown>) =>
  async (host: SmallHost): Promise<Story> => {
    await prepare(host)
    const { accountId, serverId, snapshotIds } = host
    const before = await heads(host)
    const { status } = await serverRow(host, serverId)
    const snapshotId = which === null ? null : snapshotIds[which]
    const drop = async (hands: Hands, snapshotId: number | null | undefined) => {
      if (snapshotId != null) {
        await inTransaction(hands.db, trx => requestDelete(trx, host.deps, { accountId, snapshotId }))
      }
      await hands.collect()
    }
    return {
      request: hands => drop(hands, snapshotId),
      verify: async () => {
        assert.deepEqual(await heads(host), before, 'what the guests read')
        assert.equal((await serverRow(host, serverId)).status, status)
      },
      again: async hands => {
        if (snapshotId === null) return drop(hands, snapshotIds[1])
        const { deleted_at } = await host.db
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

/** Server → slot → content. */
async function heads({ db, memory }: SmallHost): Promise<unknown> {
  const servers = await db.selectFrom('servers').select('id').orderBy('id').execute()
  return Promise.all(
    servers.map(async ({ id }) =>
      (await readDisks(db, id)).map(disk => [id, disk.slot, memory.controls.contents(disk.active_layer_id)]),
    ),
  )
}

/** Of the newest snapshot: it shares all that lies below that one. It is stopped, else nothing could be merged there. */
async function cloned(host: SmallHost): Promise<void> {
  const { db, memory, accountId, serverId, snapshotIds } = host
  const wanted = {
    ...{ accountId, serverId, snapshotId: snapshotIds[1], name: 'clone', hostname: 'clone', location: 'here' },
    ...{ plan: { name: 'tiny', vcpus: 1, memoryMb: 64, storageGb: null }, network: 'none', forwards: [] },
    ...{ cloudInit: null, autostart: true, quarantine: false },
  }
  const offer = await readOffer(db, memory.driver, wanted)
  const clone = await complete(host, trx => requestClone(trx, host.deps, wanted, offer, 0))
  memory.controls.write(clone.serverId, 0, 5, 0x55)
  await stopped(host, clone.serverId)
}

/** Back to the oldest snapshot, and nobody can undo it any more: nothing stands on the newest. */
async function left(host: SmallHost): Promise<void> {
  const { db, accountId, snapshotIds } = host
  await complete(host, trx => requestRestore(trx, host.deps, { accountId, snapshotId: snapshotIds[0] }, host.space))
  await db.updateTable('undo_points').set({ expires_at: 1 }).execute()
}

const both = async (host: SmallHost) => {
  await cloned(host)
  await stopped(host)
}

export const deletionScenarios: readonly Scenario[] = [
  { during: 'merge into a sealed layer, server running', kind: 'merge', open: deletes(null, async () => {}) },
  { during: 'merge into a sealed layer, server stopped', kind: 'merge', open: deletes(null, stopped) },
  { during: 'snapshot deleted, merged into the active layer', kind: 'merge', open: deletes(1, async () => {}) },
  { during: 'snapshot deleted, the base image below', kind: 'merge', open: deletes(0, async () => {}) },
  { during: 'merge beside a clone, server running', kind: 'merge', open: deletes(null, cloned) },
  { during: 'merge beside a clone, both stopped', kind: 'merge', open: deletes(null, both) },
  { during: 'snapshot deleted, nothing on top of it', kind: 'merge', open: deletes(1, left) },
]
