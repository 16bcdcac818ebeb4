/** A clone that is made and started between a merge's pivot and its record: the database must not say that it is merged. */
import assert from 'node:assert/strict'
import { inTransaction } from '../../src/db/database.ts'
import { verifyChains } from '../../src/layers/verify.ts'
import { readOffer } from '../../src/servers/offer.ts'
import { requestClone } from '../../src/servers/request-clone.ts'
import { kindOf, test } from '../support/databases.ts'
import { makeEngine } from '../support/engine.ts'
import { Hold } from '../support/hold.ts'
import { openSmallHost } from '../support/small-host.ts'
import { collect } from '../support/small-host-at-work.ts'
import { atStep } from '../support/spots.ts'
import { wish } from './making-world.ts'

test('a clone that is made between pivot and record of a merge below it keeps its chain', async t => {
  const host = await openSmallHost(kindOf(t))
  t.after(host.close)
  const { db, memory, serverId, accountId } = host
  const [, snapshotId] = host.snapshotIds
  const sources = await db.selectFrom('snapshot_layers').selectAll().where('snapshot_id', '=', snapshotId).execute()
  const held = sources.map(({ layer_id }) => memory.controls.contents(layer_id))

  const hold = new Hold()
  const kinds = (await host.kinds()).map(kind =>
    kind.kind === 'merge' ? atStep('pivot', 'after the effect', () => hold.wait())(kind) : kind,
  )
  const engine = makeEngine(kinds, { db })
  await engine.start()
  t.after(() => engine.stop())
  t.after(() => hold.release())
  await collect(host)
  engine.wake()
  await hold.reached

  const { plan, ...rest } = wish
  const wanted = { ...rest, plan: { ...plan, storageGb: null }, accountId, serverId, snapshotId }
  const offer = await readOffer(db, memory.driver, wanted)
  const made = await inTransaction(db, trx => requestClone(trx, host.deps, wanted, offer, 0))
  assert.equal((await engine.waitFor(made.operationId, 20_000))?.status, 'completed')
  hold.release()
  const merges = await db.selectFrom('operations').select('id').where('kind', '=', 'merge').execute()
  assert.ok(merges.length > 0)
  // Two servers have the upper layer open now, so it cannot be merged; nor was it.
  for (const { id } of merges) await ended(id)
  for (const id of [serverId, made.serverId]) await verifyChains(db, memory.driver, id)
  const { disks } = memory.controls.started(made.serverId)
  assert.deepEqual(
    disks.map(disk => memory.controls.contents(disk.layers[0]?.id as number)),
    held,
  )

  async function ended(id: number): Promise<void> {
    for (const deadline = Date.now() + 20_000; ; await new Promise(resolve => setTimeout(resolve, 5))) {
      const row = await db.selectFrom('operations').select('status').where('id', '=', id).executeTakeFirstOrThrow()
      if (row.status !== 'running' && row.status !== 'queued') return
      assert.ok(Date.now() < deadline, 'the merge goes on for ever')
    }
  }
})
