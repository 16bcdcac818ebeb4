/** Between a restore and its undo garbage collection has run, and merged all it can: what was there before comes back. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { CloneHost, SLOTS } from '../support/clone-host.ts'
import { kindOf, test } from '../support/databases.ts'

/** A server that was restored to its first snapshot after it had written more; the second is deleted. */
async function restored(t: TestContext) {
  const host = await CloneHost.open(kindOf(t), async () => {})
  t.after(() => host.close())
  const { serverId } = await host.completed(await host.addServer())
  const write = (value: number) => {
    for (const slot of SLOTS) host.memory.controls.write(serverId, slot, value, value)
  }
  write(1)
  const { snapshotId: first } = await host.completed(await host.snapshot(serverId))
  write(2)
  const { snapshotId: second } = await host.completed(await host.snapshot(serverId))
  write(3)
  const before = await host.contentsOfHead(serverId)
  await host.completed(await host.restore(first))
  await host.deleteSnapshot(second)
  await host.settle()
  return { host, serverId, before, first }
}

test('an undo after garbage collection brings everything back', async t => {
  const { host, serverId, before, first } = await restored(t)
  assert.notDeepEqual(await host.contentsOfHead(serverId), before)
  await host.completed(await host.undo(serverId))
  assert.deepEqual(await host.contentsOfHead(serverId), before)
  await host.settle()
  await host.verifyChains(serverId)
  await host.verifyFiles()
  assert.deepEqual(await host.contentsOfHead(serverId), before)
  assert.notDeepEqual(await host.contentsOfSnapshot(first), before)
})

test('what only an undo needs goes when its time is over', async t => {
  const { host, serverId } = await restored(t)
  const layers = () => host.db.selectFrom('layers').select('id').execute()
  const kept = (await layers()).length
  host.passTime(25 * 3600_000)
  while ((await host.db.selectFrom('undo_points').select('id').execute()).length > 0) await new Promise(setImmediate)
  await host.settle()
  assert.ok((await layers()).length < kept)
  await host.verifyFiles()
  await assert.rejects(host.undo(serverId), { code: 'nothing_to_undo' })
})
