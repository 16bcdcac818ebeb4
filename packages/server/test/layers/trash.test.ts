/** A layer's row goes after its file: what cannot be removed is not forgotten. */
import assert from 'node:assert/strict'
import { CloneHost } from '../support/clone-host.ts'
import { kindOf, test } from '../support/databases.ts'

test('a file that could not be removed is removed at the next look', async t => {
  const host = await CloneHost.open(kindOf(t), async () => {})
  t.after(() => host.close())
  const { serverId } = await host.completed(await host.addServer())
  host.memory.controls.faults.fail({ method: 'discardLayer', when: 'before', error: new Error('the disk is away') })
  await host.completed(await host.deleteServer(serverId))
  assert.deepEqual([...(await host.settle())], [])
  // Two disks, and one of them a second time.
  assert.equal(host.memory.controls.faults.calls.filter(method => method === 'discardLayer').length, 3)
  await host.verifyFiles()
})
