/**
 * A merge that QEMU has finished and that could not be recorded, because somebody else came in between. Then a machine or
 * a header stands on a chain that the database does not know: until it is recorded nothing may take the merge's place, and
 * nothing may go that the chain stands on.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { CloneHost, SLOTS } from '../support/clone-host.ts'
import { kindOf, test } from '../support/databases.ts'
import { Hold } from '../support/hold.ts'

/** A running server with three snapshots, and a stopped clone of the third. `starting` holds starts once it is set. */
async function originAndClone(t: TestContext) {
  const pivoted = new Hold()
  const bothPivoted = Promise.withResolvers<void>()
  let pivots = 0
  const held: { starting?: Hold } = {}
  const host = await CloneHost.open(kindOf(t), async (method, when) => {
    if (method === 'pivotMerge' && when === 'after') {
      if (++pivots === SLOTS.length) bothPivoted.resolve()
      await pivoted.wait()
    }
    if (method === 'start' && when === 'before') await held.starting?.wait()
  })
  t.after(() => {
    pivoted.release()
    held.starting?.release()
    return host.close()
  })
  const { serverId: originId } = await host.completed(await host.addServer())
  const snapshots: number[] = []
  for (const value of [1, 2, 3]) {
    for (const slot of SLOTS) host.memory.controls.write(originId, slot, value, value)
    snapshots.push((await host.completed(await host.snapshot(originId))).snapshotId)
  }
  const [first, second, third] = snapshots as [number, number, number]
  const { serverId: cloneId } = await host.completed(await host.clone(originId, third))
  await host.completed(await host.power('stop', cloneId))
  const before = await host.contentsOfHead(originId)
  return {
    host,
    pivoted,
    bothPivoted: bothPivoted.promise,
    held,
    first,
    second,
    third,
    originId,
    cloneId,
    /** All that can be merged is, and nothing has changed. */
    async isWell() {
      assert.deepEqual([...(await host.settle())], [])
      await host.verifyChains(originId)
      await host.verifyFiles()
      assert.deepEqual(await host.contentsOfHead(originId), before)
    },
  }
}

/** Until the merges of both disks are planned and wait for this; they must not end before. */
async function bothWait(host: CloneHost, garbage: readonly number[], waitsFor: RegExp): Promise<void> {
  for (let arePlanned = false; ; ) {
    const merges = (await host.unendedMerges()).filter(({ input }) => garbage.includes(JSON.parse(input).garbage))
    arePlanned ||= merges.length === SLOTS.length
    if (arePlanned) assert.equal(merges.length, SLOTS.length, 'the merges are not given up')
    if (arePlanned && merges.every(({ waits_for }) => waitsFor.test(waits_for ?? ''))) return
    await new Promise(setImmediate)
  }
}

async function layersOf(host: CloneHost, snapshotId: number): Promise<number[]> {
  const rows = await host.db.selectFrom('snapshot_layers').select('layer_id').where('snapshot_id', '=', snapshotId)
  return (await rows.execute()).map(row => row.layer_id)
}

test('it is recorded, also when the plan has changed since', { timeout: 30_000 }, async t => {
  const { host, pivoted, bothPivoted, second, third, cloneId, isWell } = await originAndClone(t)
  await host.deleteSnapshot(second)
  await bothPivoted
  // Comes and goes: that is why it cannot be recorded.
  await host.completed(await host.power('start', cloneId))
  // And this makes that a better plan: into the server's own layer, all at once.
  await host.deleteSnapshot(third)
  await host.completed(await host.deleteServer(cloneId))
  pivoted.release()
  await isWell()
})

test('whoever uses its layers by then is waited for', { timeout: 30_000 }, async t => {
  const { host, pivoted, bothPivoted, held, second, cloneId, isWell } = await originAndClone(t)
  const garbage = await layersOf(host, second)
  await host.deleteSnapshot(second)
  await bothPivoted
  for (const action of ['start', 'stop'] as const) await host.completed(await host.power(action, cloneId))
  held.starting = new Hold()
  const start = await host.power('start', cloneId)
  await held.starting.reached
  pivoted.release()
  await bothWait(host, garbage, new RegExp(`^operation ${start.operationId} uses its layers$`))
  held.starting.release()
  await host.completed(start)
  await host.verifyChains(cloneId)
  await host.completed(await host.power('stop', cloneId))
  await isWell()
})

test('what its child may stand on is not merged away before', { timeout: 30_000 }, async t => {
  const { host, pivoted, bothPivoted, first, second, cloneId, isWell } = await originAndClone(t)
  const [garbage, above] = [await layersOf(host, first), await layersOf(host, second)]
  await host.deleteSnapshot(first)
  await bothPivoted
  for (const action of ['start', 'stop'] as const) await host.completed(await host.power(action, cloneId))
  for (const id of garbage) host.memory.controls.occupy(id, 'the others')
  pivoted.release()
  await bothWait(host, garbage, /^the others$/)
  // In the plan these go first now, and what lies below them into the same layer afterwards.
  await host.deleteSnapshot(second)
  await bothWait(host, above, /^operation \d+ uses its layers$/)
  for (const id of garbage) host.memory.controls.occupy(id, null)
  await isWell()
})
