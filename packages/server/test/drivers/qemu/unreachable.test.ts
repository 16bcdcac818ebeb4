/** QEMUs that do not answer, or whose answers get lost. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { needs } from '../../../../../test/support/needs.ts'
import type { MergeJob } from '../../../src/drivers/driver.ts'
import { openRig, type Rig } from './rig.ts'

const options = { skip: needs('qemu-system-x86_64', 'qemu-img') }

async function running(rig: Rig, serverId: number) {
  const image = await rig.layer(serverId * 10, null)
  const active = await rig.layer(serverId * 10 + 1, image)
  await rig.driver.start(rig.machine(serverId, [active, image]))
  return { image, active }
}

// Each is waited for as long as in earnest; they wait side by side.
describe('without an answer', { concurrency: true }, () => {
  test('one machine that does not answer does not keep the others from being adopted', options, async t => {
    const rig = await openRig(t)
    await running(rig, 1)
    await running(rig, 2)
    await rig.reopen()
    const pid = (await rig.pid(1)) as number
    process.kill(pid, 'SIGSTOP')
    await rig.driver.adopt([1, 2, 3])
    assert.deepEqual(
      rig.warnings.map(fields => 'serverId' in fields && fields.serverId),
      [1],
    )
    assert.equal((await rig.driver.inspect(2)).state, 'running')
    process.kill(pid, 'SIGCONT')
    assert.equal((await rig.driver.inspect(1)).state, 'running')
  })

  test('a machine that does not answer is ended by stop', options, async t => {
    const rig = await openRig(t)
    await running(rig, 1)
    await rig.reopen()
    process.kill((await rig.pid(1)) as number, 'SIGSTOP')
    await rig.driver.stop(1, 60_000)
    assert.equal(await rig.pid(1), undefined)
  })

  test('a machine whose monitor somebody else holds ends by itself, and is not killed', options, async t => {
    const rig = await openRig(t)
    await running(rig, 1)
    await rig.reopen()
    const stray = connect(rig.paths.machine(1).monitor)
    t.after(() => stray.destroy())
    let said = ''
    stray.on('data', data => {
      said += data
    })
    await once(stray, 'data')
    stray.write('{"execute":"qmp_capabilities"}\n')
    await rig.driver.halt(1)
    assert.equal(await rig.pid(1), undefined)
    assert.match(said, /"SHUTDOWN".*"host-signal"/)
  })
})

for (const command of ['query-jobs', 'query-status', 'stop']) {
  test(`halt ends a machine whose answer to ${command} is lost`, options, async t => {
    const rig = await openRig(t)
    await running(rig, 1)
    rig.faults.push({ command, when: 'after' })
    await rig.driver.halt(1)
    assert.deepEqual(rig.faults, [])
    assert.equal(await rig.pid(1), undefined)
  })
}

test('a merge that cannot be cancelled does not keep halt from stopping the guest first', options, async t => {
  const rig = await openRig(t)
  await running(rig, 1)
  rig.faults.push({ command: 'query-jobs', when: 'after' })
  await rig.driver.halt(1)
  assert.deepEqual(rig.sent.slice(-2), ['stop', 'quit'])
})

test('a monitor whose first question fails is let go of', options, async t => {
  const rig = await openRig(t)
  await running(rig, 1)
  await rig.reopen()
  rig.faults.push({ command: 'query-jobs', when: 'before' })
  assert.equal((await rig.driver.inspect(1)).state, 'running')
  assert.deepEqual(rig.faults, [])
})

test('a bench whose first question fails is ended, and the next attempt merges', options, async t => {
  const rig = await openRig(t)
  const base = await rig.layer(1, null)
  const garbage = await rig.layer(2, base)
  const child = await rig.layer(3, garbage)
  const job: MergeJob = { id: 7, garbage, child, base, chain: [child, garbage, base] }
  const copy = () => rig.driver.copyMerge(job, () => {}, new AbortController().signal)
  rig.faults.push({ command: 'query-jobs', when: 'before' })
  await assert.rejects(copy(), /query-jobs: no answer/)
  assert.deepEqual(await readdir(rig.paths.machines), [])
  await copy()
  await rig.driver.flushMerge(job)
  assert.equal(await rig.driver.pivotMerge(job), true)
  assert.deepEqual(await rig.driver.readChain([child]), [3, 1])
})

for (const when of ['before', 'after'] as const) {
  test(
    `layers are attached and detached whose ${when === 'after' ? 'answers' : 'orders'} get lost`,
    options,
    async t => {
      const rig = await openRig(t)
      const { active } = await running(rig, 1)
      const to = await rig.layer(12, active)
      const disks = [{ diskId: 1, from: active, to }]
      const outcome = (call: Promise<void>) =>
        when === 'after' ? call : assert.rejects(call, /no answer/).then(() => assert.deepEqual(rig.faults, []))
      rig.faults.push({ command: 'blockdev-add', when })
      await outcome(rig.driver.attach(1, disks))
      await rig.driver.attach(1, disks)
      rig.faults.push({ command: 'blockdev-del', when })
      await outcome(rig.driver.detach(1, disks))
      await rig.driver.detach(1, disks)
      await rig.driver.attach(1, disks)
      await rig.driver.cut(1, disks, 'crash')
      assert.deepEqual((await rig.driver.inspect(1)).chains.get(1), [12, 11, 10])
    },
  )
}

test('to discard a layer asks only the machines that have it open', options, async t => {
  const rig = await openRig(t)
  await running(rig, 1)
  const { active } = await running(rig, 2)
  const to = await rig.layer(22, active)
  await rig.driver.attach(2, [{ diskId: 2, from: active, to }])
  const other = await rig.layer(30, null)
  rig.sent.length = 0
  await rig.driver.discardLayer(other)
  assert.deepEqual(rig.sent, [])
  await rig.driver.discardLayer(to)
  assert.deepEqual(rig.sent, ['query-jobs', 'blockdev-del'])
})
