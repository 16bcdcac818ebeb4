import assert from 'node:assert/strict'
import { inTransaction } from '../../src/db/database.ts'
import { requestRestore, requestUndo } from '../../src/snapshots/request-restore.ts'
import type { OpenWorld, Proven } from '../support/operation-proofs.ts'
import { openSmallHost } from '../support/small-host.ts'
import { finish } from '../support/small-host-at-work.ts'

/** A snapshot was restored, and that is taken back. */
const open: OpenWorld = async database => {
  const host = await openSmallHost(database)
  const { db, memory, serverId, accountId } = host
  const before = await host.content()
  const [snapshotId] = host.snapshotIds
  const restored = await inTransaction(db, trx => requestRestore(trx, host.deps, { accountId, snapshotId }, host.space))
  await finish(host, [restored.operationId])
  const after = await host.content()
  return {
    db,
    kind: 'server_undo',
    kinds: host.kinds,
    request: async () => {
      const request = { accountId, serverId }
      return (await inTransaction(db, trx => requestUndo(trx, host.deps, request, host.space))).operationId
    },
    verify: async outcome => {
      await host.verify()
      const [now, other] = outcome === 'completed' ? [before, after] : [after, before]
      assert.deepEqual(await host.content(), now, 'what the guest reads')
      assert.equal((await memory.driver.inspect(serverId)).state, 'running')
      const kept = host.held(await db.selectFrom('undo_layers').selectAll().execute())
      assert.deepEqual(kept, other, 'what an undo brings back')
    },
    close: host.close,
  }
}

// On PostgreSQL as well: snapshot_restore, which is the same but for what is restored.
export const proven: readonly Proven[] = [{ name: 'server_undo', open, on: ['sqlite'] }]
