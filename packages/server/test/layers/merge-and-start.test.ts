/** A server that starts, from request to end, between a merge's pivot and its record: the database must not say that the merge is done. */
import assert from 'node:assert/strict'
import { inTransaction } from '../../src/db/database.ts'
import { Collector } from '../../src/layers/collector.ts'
import { verifyChains } from '../../src/layers/verify.ts'
import { requestPower } from '../../src/servers/power.ts'
import { kindOf, test } from '../support/databases.ts'
import { makeEngine, quiet } from '../support/engine.ts'
import { Hold } from '../support/hold.ts'
import { openSmallHost } from '../support/small-host.ts'
import { atStep } from '../support/spots.ts'

test('a start that begins and ends between pivot and record keeps its chain', async t => {
  const host = await openSmallHost(kindOf(t))
  t.after(host.close)
  const { db, memory, serverId, accountId } = host
  await memory.driver.halt(serverId)
  await db.updateTable('servers').set({ status: 'stopped' }).where('id', '=', serverId).execute()
  const before = await host.content()

  const hold = new Hold()
  const held = (await host.kinds()).map(kind =>
    kind.kind === 'merge' ? atStep('pivot', 'after the effect', () => hold.wait())(kind) : kind,
  )
  const engine = makeEngine(held, { db })
  await engine.start()
  t.after(() => engine.stop())
  const collect = () =>
    new Collector({
      db,
      driver: memory.driver,
      now: Date.now,
      everyMs: 60_000,
      onMerges: () => engine.wake(),
      log: quiet,
    })
  const collector = collect()
  collector.wake()
  await collector.stop()
  await hold.reached

  const { operationId } = await inTransaction(db, trx =>
    requestPower(trx, { now: Date.now }, 'start', { accountId, serverId }, null),
  )
  assert.equal((await engine.waitFor(operationId, 20_000))?.status, 'completed')
  hold.release()
  const merges = await db.selectFrom('operations').select('id').where('kind', '=', 'merge').execute()
  assert.ok(merges.length > 0)
  for (const { id } of merges) assert.equal((await engine.waitFor(id, 20_000))?.status, 'completed')
  await verifyChains(db, memory.driver, serverId)
  assert.deepEqual(await host.content(), before)
})
