import assert from 'node:assert/strict'
import { inTransaction } from '../../src/db/database.ts'
import { Watcher } from '../../src/servers/watch.ts'
import { requestRestore } from '../../src/snapshots/request-restore.ts'
import { quiet } from '../support/engine.ts'
import type { OpenWorld, Proven } from '../support/operation-proofs.ts'
import { openSmallHost } from '../support/small-host.ts'

const open: OpenWorld = async database => {
  const host = await openSmallHost(database)
  const { db, memory, serverId, accountId } = host
  const before = await host.content()
  const [snapshotId] = host.snapshotIds
  await db.updateTable('servers').set({ generation_id: 'as it was' }).where('id', '=', serverId).execute()
  const sources = await db.selectFrom('snapshot_layers').selectAll().where('snapshot_id', '=', snapshotId).execute()
  const wanted = host.held(sources)
  return {
    db,
    kind: 'snapshot_restore',
    kinds: host.kinds,
    request: async () => {
      const request = { accountId, snapshotId }
      const made = await inTransaction(db, trx => requestRestore(trx, host.deps, request, host.space))
      return made.operationId
    },
    verify: async outcome => {
      await host.verify()
      assert.deepEqual(await host.content(), outcome === 'completed' ? wanted : before, 'what the guest reads')
      assert.equal((await memory.driver.inspect(serverId)).state, 'running')
      // As the service does when an operation has ended.
      const addresses = { ask: () => {}, forget: () => {} }
      const cables = { catchUp: async () => {} }
      const watcher = new Watcher({ db, driver: memory.driver, now: Date.now, log: quiet, addresses, cables })
      watcher.look(serverId)
      await watcher.stop()
      const server = await db.selectFrom('servers').selectAll().where('id', '=', serverId).executeTakeFirstOrThrow()
      assert.equal(server.status, 'active')
      assert.equal(server.generation_id === 'as it was', outcome !== 'completed', 'the generation id')
      const kept = host.held(await db.selectFrom('undo_layers').selectAll().execute())
      assert.deepEqual(kept, outcome === 'completed' ? before : {}, 'what an undo brings back')
    },
    close: host.close,
  }
}

export const proven: readonly Proven[] = [{ name: 'snapshot_restore', open }]
