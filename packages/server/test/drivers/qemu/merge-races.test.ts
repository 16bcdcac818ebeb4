/** A start and a merge of the layers that it needs, where each of them could take the other by surprise. */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import { needs } from '../../../../../test/support/needs.ts'
import { LayerBusy, type MergeJob, MergeYielded } from '../../../src/drivers/driver.ts'
import type { Host } from '../../../src/drivers/qemu/host.ts'
import { Hold } from '../../support/hold.ts'
import { openRig, type Rig } from './rig.ts'

const options = { skip: needs('qemu-system-x86_64', 'qemu-img'), timeout: 60_000 }

/** Two servers on one sealed layer, below which lies garbage. None runs. */
async function shared(rig: Rig) {
  const image = { ...(await rig.layer(1, null)), isImage: true }
  const garbage = await rig.layer(2, image)
  const child = await rig.layer(3, garbage)
  const chain = [child, garbage, image]
  const origin = rig.machine(1, [await rig.layer(10, child), ...chain])
  const clone = rig.machine(2, [await rig.layer(20, child), ...chain])
  const job: MergeJob = { id: 7, garbage, child, base: image, chain }
  const copy = () =>
    rig.driver
      .copyMerge(job, () => {}, new AbortController().signal)
      .then(
        () => 'copied',
        error => error,
      )
  return { image, child, origin, clone, job, copy }
}

/** Calls of the host's methods that wait where the test says. */
function stops(t: TestContext) {
  const held = new Map<string, Hold>()
  const at = async (name: string) => {
    const hold = held.get(name)
    held.delete(name)
    await hold?.wait()
  }
  const wrap = (host: Host): Host => ({
    ...host,
    async makeFolder(path, owner) {
      await at(`makeFolder ${path.split('/').at(-1)}`)
      await host.makeFolder(path, owner)
    },
    async removeFolder(path) {
      await at(`removeFolder ${path.split('/').at(-1)}`)
      await host.removeFolder(path)
    },
    async launch(program, args, log) {
      await at(`launch ${args[args.indexOf('-name') + 1]}`)
      return host.launch(program, args, log)
    },
  })
  const hold = (name: string) => {
    const one = new Hold()
    held.set(name, one)
    t.after(() => one.release())
    return one
  }
  return { wrap, hold }
}

test('a start that has made way in another machine finds no merge that has begun there since', options, async t => {
  const { wrap, hold } = stops(t)
  const rig = await openRig(t, wrap)
  const { origin, clone, copy } = await shared(rig)
  await rig.driver.start(origin)
  const merge = hold('removeFolder bench-7')
  const launch = hold('launch restpoint-2')
  const copied = copy()
  await merge.reached
  const started = rig.driver.start(clone)
  await launch.reached
  merge.release()
  assert.ok((await copied) instanceof LayerBusy)
  launch.release()
  await started
})

test('a start does not wait for a bench that does not come up', options, async t => {
  const { wrap, hold } = stops(t)
  const rig = await openRig(t, wrap)
  const { clone, copy } = await shared(rig)
  const bench = hold('makeFolder bench-7')
  const copied = copy()
  await bench.reached
  await rig.driver.start(clone)
  bench.release()
  assert.ok((await copied) instanceof MergeYielded)
  assert.equal((await rig.driver.inspect(2)).state, 'running')
  assert.deepEqual(await readdir(rig.paths.machines), ['2'])
})

test('a machine that does not answer keeps none from starting that shares its layers', options, async t => {
  const rig = await openRig(t)
  const { origin, clone } = await shared(rig)
  await rig.driver.start(origin)
  rig.faults.push({ command: 'query-jobs', when: 'before' })
  await rig.driver.start(clone)
  assert.deepEqual(rig.faults, [])
  assert.equal((await rig.driver.inspect(2)).state, 'running')
})

test('a start asks no machine that shares only an image with it', options, async t => {
  const rig = await openRig(t)
  const { origin, image } = await shared(rig)
  await rig.driver.start(origin)
  const other = rig.machine(3, [await rig.layer(30, image), image])
  rig.sent.length = 0
  await rig.driver.start(other)
  assert.equal(rig.sent.filter(command => command === 'query-jobs').length, 1, 'its own first question')
})

test('what was copied is on disk before QEMU is told to flush it', options, async t => {
  const events: string[] = []
  const rig = await openRig(t, host => ({
    ...host,
    async sync(path) {
      events.push(`sync ${path.split('/').at(-1)}`)
      await host.sync(path)
    },
  }))
  const { job, copy } = await shared(rig)
  assert.equal(await copy(), 'copied')
  events.length = 0
  rig.sent.length = 0
  rig.faults.push({ command: 'human-monitor-command', when: 'before' })
  await assert.rejects(rig.driver.flushMerge(job), /no answer/)
  assert.deepEqual(events, ['sync 3.qcow2'])
})
