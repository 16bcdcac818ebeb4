import assert from 'node:assert/strict'
import { inTransaction } from '../../src/db/database.ts'
import { requestDelete } from '../../src/servers/request-delete.ts'
import { requestRestore } from '../../src/snapshots/request-restore.ts'
import type { OpenWorld, Proven } from '../support/operation-proofs.ts'
import { openSmallHost, type SmallHost } from '../support/small-host.ts'
import { collect, finish } from '../support/small-host-at-work.ts'

/** With snapshots, an undo point and a port. */
const open: OpenWorld = async database => {
  const host = await openSmallHost(database)
  const { db, memory, serverId, accountId } = host
  await db.insertInto('forwarded_ports').values({ host_port: 2222, server_id: serverId, guest_port: 22 }).execute()
  const [snapshotId] = host.snapshotIds
  const restored = await inTransaction(db, trx => requestRestore(trx, host.deps, { accountId, snapshotId }, host.space))
  await finish(host, [restored.operationId])
  return {
    db,
    kind: 'server_delete',
    kinds: host.kinds,
    request: async () => {
      const wanted = { accountId, serverId, withSnapshots: true }
      return (await inTransaction(db, trx => requestDelete(trx, host.deps, wanted))).operationId
    },
    verify: async outcome => {
      // Nobody can ask for it again: it has seen to that itself.
      if (outcome === 'failed') await finishAgain(host)
      assert.equal((await memory.driver.inspect(serverId)).state, 'absent')
      for (const table of ['disks', 'forwarded_ports', 'undo_points', 'layers'] as const) {
        const rows = await db.selectFrom(table).select('server_id').where('server_id', '=', serverId).execute()
        assert.deepEqual(rows, [], table)
      }
      await collect(host)
      const image = await db.selectFrom('images').select('layer_id').executeTakeFirstOrThrow()
      assert.deepEqual(memory.controls.layerIds(), [image.layer_id], 'files')
      assert.deepEqual(await db.selectFrom('layers').select('id').execute(), [{ id: image.layer_id }], 'rows')
    },
    close: host.close,
  }
}

/** It is due for nobody but an engine of a later time: not for the one whose steps fail. */
async function finishAgain(host: SmallHost): Promise<void> {
  const { id } = await host.db
    .selectFrom('operations')
    .select('id')
    .where('kind', '=', 'server_delete')
    .where('ended_at', 'is', null)
    .executeTakeFirstOrThrow()
  await finish(host, [id], () => Date.now() + 60_000)
}

export const proven: readonly Proven[] = [{ name: 'server_delete', open }]
