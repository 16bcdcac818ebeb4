import assert from 'node:assert/strict'
import { inTransaction } from '../../src/db/database.ts'
import { requestCreate } from '../../src/snapshots/request-create.ts'
import type { OpenWorld, Proven } from '../support/operation-proofs.ts'
import { openSmallHost } from '../support/small-host.ts'

const open: OpenWorld = async database => {
  const host = await openSmallHost(database)
  const { db, memory, serverId, accountId } = host
  const before = await host.content()
  let snapshotId = 0
  return {
    db,
    kind: 'snapshot_create',
    kinds: host.kinds,
    request: async () => {
      const wanted = { accountId, serverId, name: 'proven', description: '', consistency: 'auto' } as const
      const made = await inTransaction(db, trx => requestCreate(trx, host.deps, wanted, host.space))
      snapshotId = made.snapshotId
      return made.operationId
    },
    verify: async outcome => {
      await host.verify()
      assert.deepEqual(await host.content(), before, 'what the guest reads')
      assert.equal((await memory.driver.inspect(serverId)).state, 'running')
      assert.equal(memory.controls.isFrozen(serverId), false)
      const snapshot = await db
        .selectFrom('snapshots')
        .selectAll()
        .where('id', '=', snapshotId)
        .executeTakeFirstOrThrow()
      const layers = await db.selectFrom('snapshot_layers').selectAll().where('snapshot_id', '=', snapshotId).execute()
      if (outcome === 'completed') {
        assert.equal(snapshot.status, 'completed')
        assert.ok(snapshot.size_mb !== null && snapshot.receipt !== null)
        assert.deepEqual(host.held(layers), before, 'what the snapshot holds')
      } else {
        assert.deepEqual([snapshot.status, snapshot.size_mb, layers], ['failed', null, []])
      }
    },
    close: host.close,
  }
}

export const proven: readonly Proven[] = [{ name: 'snapshot_create', open }]
