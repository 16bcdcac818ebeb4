/** What merges do when they cannot go on: they wait, say for what, and are taken up again; nothing is done twice at once. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Failure } from '../../src/errors.ts'
import { CloneHost, SLOTS } from '../support/clone-host.ts'
import { kindOf, test } from '../support/databases.ts'
import { Hold } from '../support/hold.ts'
import type { Pace } from '../support/mortal.ts'

/** A running server with three snapshots and a running clone of the third. */
async function originAndClone(t: TestContext, pace: Pace = async () => {}) {
  const host = await CloneHost.open(kindOf(t), pace)
  t.after(() => host.close())
  const origin = await host.addServer()
  await host.completed(origin)
  const snapshots: number[] = []
  for (const value of [1, 2, 3]) {
    for (const slot of SLOTS) host.memory.controls.write(origin.serverId, slot, value, value)
    snapshots.push((await host.completed(await host.snapshot(origin.serverId))).snapshotId)
  }
  const [, second, third] = snapshots as [number, number, number]
  const clone = await host.completed(await host.clone(origin.serverId, third))
  return { host, second, third, originId: origin.serverId, cloneId: clone.serverId }
}

/** Those of both disks. */
async function waiting(host: CloneHost, reason: RegExp): Promise<number[]> {
  for (;;) {
    const merges = await host.unendedMerges()
    if (merges.length === SLOTS.length && merges.every(({ waits_for }) => reason.test(waits_for ?? ''))) {
      return merges.map(({ id }) => id)
    }
    await new Promise(setImmediate)
  }
}

/** By themselves. */
async function comeRound(host: CloneHost, merges: readonly number[], inMs: number): Promise<void> {
  const run_after = Date.now() + inMs
  await host.db.updateTable('operations').set({ run_after }).where('id', 'in', merges).execute()
  host.passTime(0)
}

const IN_AN_HOUR = 3600_000

test('they are taken up when the machine has gone that shared their layers', { timeout: 30_000 }, async t => {
  const { host, second, cloneId } = await originAndClone(t)
  await host.deleteSnapshot(second)
  const merges = await waiting(host, /^shared by servers /)
  await comeRound(host, merges, IN_AN_HOUR)
  await host.completed(await host.power('stop', cloneId))
  for (const operationId of merges) await host.completed({ operationId })
})

test('they are taken up when the operation has ended that used their layers', { timeout: 30_000 }, async t => {
  const hold = new Hold()
  let isHeld = false
  const { host, second, third, originId, cloneId } = await originAndClone(t, async (method, when) => {
    if (isHeld && method === 'createLayer' && when === 'before') await hold.wait()
  })
  t.after(() => hold.release())
  for (const id of [originId, cloneId]) await host.completed(await host.power('stop', id))
  isHeld = true
  const restore = await host.restore(third)
  await host.deleteSnapshot(second)
  const merges = await waiting(host, new RegExp(`^operation ${restore.operationId} uses its layers$`))
  await comeRound(host, merges, IN_AN_HOUR)
  hold.release()
  await host.completed(restore)
  for (const operationId of merges) await host.completed({ operationId })
})

test('they are taken up when another merge has ended: it may have been in their way', { timeout: 30_000 }, async t => {
  const { host, second, originId, cloneId } = await originAndClone(t)
  for (const id of [originId, cloneId]) await host.completed(await host.power('stop', id))
  const { controls } = host.memory
  const occupyAll = (waitsFor: string | null) => controls.layerIds().forEach(id => controls.occupy(id, waitsFor))
  occupyAll('the others')
  await host.deleteSnapshot(second)
  const merges = await waiting(host, /^the others$/)
  await comeRound(host, merges, IN_AN_HOUR)
  occupyAll(null)
  await comeRound(host, merges.slice(1), 0)
  for (const operationId of merges) await host.completed({ operationId })
})

test('one that the driver refuses is tried again later, and not queued anew', { timeout: 30_000 }, async t => {
  const { host, second, cloneId } = await originAndClone(t)
  await host.completed(await host.power('stop', cloneId))
  const error = new Failure('chain_mismatch', 'On disk it is another.')
  const { faults } = host.memory.controls
  faults.fail({ method: 'copyMerge', when: 'before', error, forever: true })
  await host.deleteSnapshot(second)
  const merges = await waiting(host, /^the next try; the last one failed: On disk it is another/)
  faults.clear()
  host.passTime(60_000)
  for (const operationId of merges) await host.completed({ operationId })
  const all = await host.db.selectFrom('operations').select('id').where('kind', '=', 'merge').orderBy('id').execute()
  assert.deepEqual(
    all.map(({ id }) => id),
    merges.toSorted((a, b) => a - b),
  )
})

test('what was merged away and cannot go yet is no reason to take the merge back', { timeout: 30_000 }, async t => {
  const { host, second, cloneId } = await originAndClone(t)
  await host.completed(await host.power('stop', cloneId))
  const { faults } = host.memory.controls
  faults.fail({ method: 'discardLayer', when: 'before', forever: true })
  await host.deleteSnapshot(second)
  const trash = () => host.db.selectFrom('layers').select('id').where('state', '=', 'trash').execute()
  while ((await trash()).length < SLOTS.length || (await host.unendedMerges()).length > 0)
    await new Promise(setImmediate)
  const merges = await host.db.selectFrom('operations').select('status').where('kind', '=', 'merge').execute()
  assert.deepEqual(
    merges.map(({ status }) => status),
    SLOTS.map(() => 'completed'),
  )
  faults.clear()
  await host.settle()
  await host.verifyFiles()
})
