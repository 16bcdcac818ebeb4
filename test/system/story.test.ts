/** What it is all for: a file is written, a snapshot taken, the file lost, the snapshot restored, the restore undone. */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { needs } from '../support/needs.ts'
import { assertTidy } from './support/chains.ts'
import { machinesOf } from './support/machines.ts'
import { Rig } from './support/rig.ts'
import { startService } from './support/service.ts'

const skip = needs('qemu-system-x86_64', 'qemu-img')

test('the story of a file', { skip }, async t => {
  let rig: Rig
  let snapshotId: number
  before(async () => {
    rig = await Rig.start()
  })
  after(() => rig?.end())

  /** What is not synced survives the next restore only if there is an agent that freezes. */
  const booted = async () => {
    await rig.newShell()
    await rig.agent()
  }
  const restorePath = () => `/snapshots/${snapshotId}/restore/`
  const undoPath = '/servers/1/undo/'
  /** What is in the guest's two files; `-` for one that is not there. */
  const files = async () => {
    const said = await rig.shell.run('for f in changed deleted; do cat /data/$f 2>/dev/null || echo -; done')
    return said.trim().split('\n')
  }
  const write = (changed: string, deleted: string) =>
    rig.shell.run(`echo ${changed} > /data/changed; ${deleted === '-' ? 'rm -f' : `echo ${deleted} >`} /data/deleted`)
  /** A QEMU that merges has another name. */
  const pid = async () => {
    const machines = await machinesOf(rig.stateDir)
    return machines.filter(machine => machine.name === 'restpoint-1').map(machine => machine.pid)
  }

  await t.test('before any restore there is nothing to undo', async () => {
    const { status, body } = await rig.api.call<{ code: string }>('POST', undoPath)
    assert.deepEqual([status, body.code], [400, 'nothing_to_undo'])
    assert.equal((await rig.server()).undo.available, false)
  })

  await t.test('a live snapshot is restored: the file is back', async () => {
    await write('one', 'one')
    const snapshot = await rig.api.snapshot(1, 'one')
    assert.equal(snapshot.status, 'completed')
    snapshotId = snapshot.id
    // Not synced: the restore itself must see to it that the undo point holds it.
    await write('two', '-')
    await rig.api.perform(restorePath())
    await booted()
    assert.deepEqual(await files(), ['one', 'one'])
    assert.equal((await rig.server()).status, 'active')
  })

  await t.test('the restore is undone: the change is back', async () => {
    await write('after the restore', '-')
    assert.equal((await rig.server()).undo.available, true)
    await rig.api.perform(undoPath)
    await booted()
    assert.deepEqual(await files(), ['two', '-'])
    assert.equal((await rig.server()).status, 'active')
  })

  await t.test('the undo is undone: what was done after the restore is back', async () => {
    await rig.api.perform(undoPath)
    await booted()
    assert.deepEqual(await files(), ['after the restore', '-'])
  })

  await t.test('an undo still works after new snapshots, a merge and two restarts of the service', async () => {
    await write('three', 'three')
    await rig.api.perform(restorePath())
    await booted()
    const lower = await rig.api.snapshot(1, 'lower')
    await write('four', 'four')
    await rig.api.snapshot(1, 'upper')
    const running = await pid()
    assert.equal(running.length, 1)

    await rig.restart('stop')
    assert.deepEqual(await pid(), running, 'the machine outlives a service that was told to stop')
    const before = (await rig.api.layers(1)).length
    await rig.api.remove(lower.id)
    assert.equal((await rig.api.collected(1)).length, before - 1, 'merged away')

    await rig.restart('kill')
    assert.deepEqual(await pid(), running, 'the machine outlives a service that was killed')
    assert.equal((await rig.server()).status, 'active')
    assert.deepEqual(await files(), ['four', 'four'])
    await assertTidy(rig.api, rig.stateDir, 1, true)

    await rig.api.perform(undoPath)
    await booted()
    assert.deepEqual(await files(), ['three', 'three'])
    await rig.api.collected(1)
    await assertTidy(rig.api, rig.stateDir, 1, true)
  })

  await t.test('an adopted machine can still be snapshotted with its file systems frozen', async () => {
    await rig.restart('kill')
    await rig.agent()
    const { id } = await rig.api.snapshot(1, 'adopted')
    const { receipt } = await rig.api.get<{ receipt: { achieved: string } }>(`/snapshots/${id}/`)
    assert.equal(receipt.achieved, 'filesystem')
  })

  await t.test('a stopped server is restored, undone, and stays stopped', async () => {
    await rig.api.perform('/servers/1/stop/')
    assert.deepEqual(await pid(), [])
    await rig.api.perform(restorePath())
    assert.equal((await rig.server()).status, 'stopped')
    await rig.api.perform(undoPath)
    await rig.api.perform(undoPath)
    assert.equal((await rig.server()).status, 'stopped')
    assert.deepEqual(await pid(), [])
    await rig.api.perform('/servers/1/start/')
    await booted()
    assert.deepEqual(await files(), ['one', 'one'])
  })

  await t.test('a second service on the same state folder is refused', async () => {
    await assert.rejects(startService({ stateDir: rig.stateDir }), /Another Restpoint already runs on/)
    assert.equal((await rig.server()).status, 'active', 'the first is not disturbed')
  })
})
