/**
 * The service is killed in every state of a merge of what a stopped clone stands on, and in the middle of the clone's
 * start; the first thing that is asked of the next service is to start the clone. One state folder throughout.
 */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs } from '../support/needs.ts'
import { isThorough } from '../support/thorough.ts'
import {
  assertAtRest,
  assertSame,
  cloneOf,
  contentsOf,
  headOf,
  killServer,
  mergeUnderWay,
  statusOf,
  writeToHead,
} from './support/clones.ts'
import type { Fault } from './support/faulty-service.ts'
import { Rig } from './support/rig.ts'
import { until } from './support/until.ts'

const faulty = new URL('./support/faulty-service.ts', import.meta.url).pathname
const SLOW = { RESTPOINT_MERGE_MB_PER_SECOND: '1' }

const moments: { readonly state: string; readonly fault?: Fault }[] = [
  { state: 'copies' },
  { state: 'is pending', fault: { dieBefore: 'job-finalize' } },
  { state: 'is concluded', fault: { dieBefore: 'job-dismiss' } },
  { state: 'is done and not recorded', fault: { dieAfter: 'job-dismiss' } },
  { state: 'is done, its bench gone, and not recorded', fault: { dieAfter: 'quit' } },
]
/** From the request to the death, ms. */
const delays = isThorough ? [0, 40, 120, 250] : [40]

test('a clone and sudden ends of the service', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  const origin = 1
  let rig: Rig
  let clone: number
  let contents: Map<number, string>
  /** Snapshots whose layers the clone stands on: each is merged into the one above it when it is deleted. */
  const lower: number[] = []
  before(async () => {
    rig = await Rig.start({ RESTPOINT_SNAPSHOT_LIMIT: '100' })
    await killServer(rig, origin)
    let top = 0
    for (let value = 1; value <= moments.length + delays.length; value++) {
      await writeToHead(rig.api, origin, 8, value)
      lower.push((await rig.api.snapshot(origin, `lower-${value}`)).id)
      await writeToHead(rig.api, origin, 1, 0x80 + value)
      top = (await rig.api.snapshot(origin, `upper-${value}`)).id
    }
    clone = await cloneOf(rig, top)
    await killServer(rig, clone)
    contents = await contentsOf(rig.api, [origin, clone])
  })
  after(() => rig?.end())

  /** As whoever is in a hurry would: nothing is waited for before. Then the merge ends, and nothing has changed. */
  async function startTheClone(): Promise<void> {
    await expectWrites()
    await rig.api.perform(`/servers/${clone}/start/`)
    assert.equal((await rig.api.snapshot(clone, 'running')).status, 'completed')
    await ends()
  }
  /** What the clone's head holds from now on is its guest's business. */
  async function expectWrites(): Promise<void> {
    contents.delete((await headOf(rig.api, clone)).id)
  }
  async function ends(): Promise<void> {
    assert.equal(await statusOf(rig.api, clone), 'active')
    await killServer(rig, clone)
    await assertAtRest(rig, [origin, clone])
    const found = await contentsOf(rig.api, [origin, clone])
    assertSame(found, contents)
    contents = found
  }
  const remove = () => rig.api.remove(lower.shift() as number)

  for (const { state, fault } of moments) {
    await t.test(`killed while the merge ${state}, then the clone starts`, async () => {
      if (fault) await rig.restart('stop', { FAULT: JSON.stringify(fault) }, faulty)
      else await rig.restart('stop', SLOW)
      const ended = once(rig.service.process, 'exit')
      await remove()
      if (fault) await ended
      else await mergeUnderWay(rig)
      await rig.restart('kill')
      await startTheClone()
    })
  }

  for (const delay of delays) {
    await t.test(`killed ${delay} ms after the clone was told to start in the middle of a merge`, async () => {
      await rig.restart('stop', SLOW)
      await remove()
      await mergeUnderWay(rig)
      await expectWrites()
      const { status } = await rig.api.call('POST', `/servers/${clone}/start/`)
      assert.equal(status, 200)
      await sleep(delay)
      await rig.restart('kill')
      await until('the clone runs', async () => (await statusOf(rig.api, clone)) === 'active')
      await ends()
    })
  }

  await t.test('in the end nothing is kept that nobody needs', async () => {
    const { results } = await rig.api.get<{ results: { id: number; name: string }[] }>('/snapshots/?limit=100')
    for (const { id, name } of results) if (name !== 'upper-1') await rig.api.remove(id)
    const layers = await assertAtRest(rig, [origin, clone])
    assert.deepEqual(
      layers.map(({ kind }) => kind),
      ['image', 'sealed', 'garbage', 'active', 'active'],
      'what both stand on stays',
    )
    assertSame(await contentsOf(rig.api, [origin, clone]), contents)
  })
})
