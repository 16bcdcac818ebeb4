/** A snapshot says that it is completed when all of it is there, and not a step before: until then nobody can restore it. */
import assert from 'node:assert/strict'
import { inTransaction } from '../../src/db/database.ts'
import { requestCreate } from '../../src/snapshots/request-create.ts'
import { requestRestore } from '../../src/snapshots/request-restore.ts'
import { kindOf, test } from '../support/databases.ts'
import { makeEngine } from '../support/engine.ts'
import { openSmallHost } from '../support/small-host.ts'
import { atStep, type Spot } from '../support/spots.ts'

const moments: readonly [step: string, spot: Spot][] = ['prepare', 'cut', 'publish'].flatMap(step => [
  [step, 'before the effect'] as [string, Spot],
  [step, 'after the effect'] as [string, Spot],
])

test('in no step is there more than a snapshot in progress', async t => {
  const host = await openSmallHost(kindOf(t))
  t.after(host.close)
  const { db, accountId, serverId } = host
  let snapshotId = 0
  const looked: string[] = []
  const look = async (moment: string) => {
    looked.push(moment)
    const row = await db.selectFrom('snapshots').selectAll().where('id', '=', snapshotId).executeTakeFirstOrThrow()
    assert.deepEqual([moment, row.status, row.size_mb, row.receipt], [moment, 'in_progress', null, null])
    const restore = inTransaction(db, trx => requestRestore(trx, host.deps, { accountId, snapshotId }, host.space))
    await assert.rejects(restore, { code: 'snapshot_not_restorable' })
  }
  let failure: unknown
  const kinds = (await host.kinds()).map(kind =>
    kind.kind !== 'snapshot_create'
      ? kind
      : moments.reduce(
          (changed, [step, spot]) =>
            atStep(step, spot, () =>
              look(`${step}, ${spot}`).catch(error => {
                failure ??= error
              }),
            )(changed),
          kind,
        ),
  )
  const engine = makeEngine(kinds, { db })
  const wanted = { accountId, serverId, name: 'one', description: '', consistency: 'auto' } as const
  const made = await inTransaction(db, trx => requestCreate(trx, host.deps, wanted, host.space))
  snapshotId = made.snapshotId
  await engine.start()
  t.after(() => engine.stop())
  assert.equal((await engine.waitFor(made.operationId, 20_000))?.status, 'completed')
  assert.deepEqual([failure, looked.length], [undefined, moments.length])
  const row = await db.selectFrom('snapshots').selectAll().where('id', '=', snapshotId).executeTakeFirstOrThrow()
  assert.equal(row.status, 'completed')
  assert.ok(row.size_mb !== null && row.receipt !== null)
})
