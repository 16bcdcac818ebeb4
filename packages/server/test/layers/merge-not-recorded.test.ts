/**
 * A merge that QEMU has finished and that could not be recorded, because somebody else came in between. Then the machine
 * stands on a chain that the database does not know: nothing else may take the merge's place before it is recorded.
 */
import assert from 'node:assert/strict'
import { CloneHost } from '../support/clone-host.ts'
import { kindOf, test } from '../support/databases.ts'
import { Hold } from '../support/hold.ts'

test('it is recorded, also when the plan has changed since', async t => {
  const hold = new Hold()
  const host = await CloneHost.open(kindOf(t), async (method, when) => {
    if (method === 'pivotMerge' && when === 'after') await hold.wait()
  })
  t.after(() => {
    hold.release()
    return host.close()
  })
  const origin = await host.completed(await host.addServer())
  const snapshots: number[] = []
  for (const value of [1, 2, 3]) {
    for (const slot of [0, 1]) host.memory.controls.write(origin.serverId, slot, value, value)
    const made = await host.snapshot(origin.serverId)
    await host.completed(made)
    snapshots.push(made.snapshotId)
  }
  const [, second, third] = snapshots as [number, number, number]
  const clone = await host.clone(origin.serverId, third)
  await host.completed(clone)
  await host.completed(await host.power('stop', clone.serverId))
  const before = await host.contentsOfHead(origin.serverId)

  await host.deleteSnapshot(second)
  await hold.reached
  // Comes and goes: that is why it cannot be recorded.
  await host.completed(await host.power('start', clone.serverId))
  // And this makes that a better plan: into the server's own layer, all at once.
  await host.deleteSnapshot(third)
  await host.completed(await host.deleteServer(clone.serverId))
  hold.release()

  assert.deepEqual([...(await host.settle())], [])
  await host.verifyChains(origin.serverId)
  await host.verifyFiles()
  assert.deepEqual(await host.contentsOfHead(origin.serverId), before)
})
