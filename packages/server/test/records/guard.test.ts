import assert from 'node:assert/strict'
import { DatabaseProblem } from '../../src/db/problem.ts'
import { refuseOlderDatabase } from '../../src/records/guard.ts'
import { textsOf } from '../../src/records/recorder.ts'
import { openWorld } from '../http/harness.ts'
import { openEmptyDatabase } from '../support/database.ts'
import { kindOf, test } from '../support/databases.ts'
import { found } from './sample.ts'

const recorded = (highest: Record<string, number>) => textsOf(found({ highest }).records)

test('a new database beside records or layers is refused, and without either it is not', async t => {
  const { db, close } = await openEmptyDatabase(kindOf(t), { inMemory: true })
  t.after(close)
  const none = new Map<string, string>()
  await refuseOlderDatabase(db, { records: none, layers: [] })
  await assert.rejects(refuseOlderDatabase(db, { records: none, layers: [3, 1] }), error => {
    assert.ok(error instanceof DatabaseProblem)
    assert.match(error.message, /there is a file of layer 3, of which the database has never heard\. .*npm run rebuild/)
    return true
  })
  await assert.rejects(
    refuseOlderDatabase(db, { records: recorded({ snapshots: 2 }), layers: [] }),
    /the records know snapshots up to 2, the database up to 0/,
  )
})

test('an older copy of the database is refused, the one that was recorded last is not', async t => {
  const world = await openWorld(t)
  await world.completed('first')
  await world.recorder.stop()
  const records = world.records.texts
  const { highest } = world.records.json('ids.json')
  await refuseOlderDatabase(world.db, { records, layers: [highest.layers] })
  const newer = recorded({ ...highest, operations: highest.operations + 1 })
  await assert.rejects(refuseOlderDatabase(world.db, { records: newer, layers: [] }), /know operations up to/)
  await assert.rejects(refuseOlderDatabase(world.db, { records, layers: [highest.layers + 1] }), /a file of layer/)
})
