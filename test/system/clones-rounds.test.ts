/**
 * Origin and clone are started again and again at random moments of a merge of what they share, with a snapshot each
 * time, and killed again: every start and every snapshot succeeds, and in the end everything is what it was. Nobody waits
 * for a guest to boot: what the disks hold is written past QEMU, while nobody has them open.
 *
 * SEED=… repeats the same decisions, ROUNDS=… takes more of them.
 */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs } from '../support/needs.ts'
import { isThorough } from '../support/thorough.ts'
import {
  assertAtRest,
  assertSame,
  cloneOf,
  contentsOf,
  copyingMerge,
  headOf,
  hurryAll,
  killServer,
  layerOfSnapshot,
  statusOf,
  unendedMerges,
  writeToHead,
} from './support/clones.ts'
import { contentHash } from './support/content.ts'
import { randomOf } from './support/random.ts'
import { Rig } from './support/rig.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? (isThorough ? 50 : 15))
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const env = { RESTPOINT_MERGE_MB_PER_SECOND: '1', RESTPOINT_SNAPSHOT_LIMIT: '100' }

test(`${ROUNDS} starts in the middle of merges, SEED=${seed}`, {
  skip: needs('qemu-system-x86_64', 'qemu-img'),
}, async t => {
  const origin = 1
  const random = randomOf(seed)
  let rig: Rig
  let clone: number
  let contents: Map<number, string>
  before(async () => {
    rig = await Rig.start(env)
    await killServer(rig, origin)
    const [, middle, last] = [await layer(48), await layer(48), await layer(4)]
    clone = await cloneOf(rig, last as number)
    await killServer(rig, clone)
    await rig.api.remove(middle as number)
  })
  after(() => rig?.end())

  /** A snapshot of the origin, that does not run, with so much new in it. */
  async function layer(megabytes: number): Promise<number> {
    await writeToHead(rig.api, origin, megabytes, 1 + Math.floor(random() * 255))
    return (await rig.api.snapshot(origin, 'layer')).id
  }

  const isRunning = async (id: number) => (await statusOf(rig.api, id)) === 'active'
  const either = () => (random() < 0.5 ? origin : clone)

  /** Until a merge copies. What there was to merge may be done before it is seen. */
  async function somethingToMerge(): Promise<void> {
    for (const deadline = Date.now() + 60_000; (await copyingMerge(rig.api)) === undefined; await sleep(5)) {
      const merges = await unendedMerges(rig.api)
      assert.ok(Date.now() < deadline, `no merge copies: ${JSON.stringify(merges)}`)
      if (merges.length > 0) continue
      for (const id of [origin, clone]) if (await isRunning(id)) await killServer(rig, id)
      const [below] = [await layer(32), await layer(1)]
      await rig.api.remove(below as number)
    }
  }

  await t.test('each succeeds, whoever starts and whatever is running', async () => {
    contents = await contentsOf(rig.api, [origin, clone])
    // Those are about to be written to, before anybody takes a snapshot of them.
    for (const id of [origin, clone]) contents.delete((await headOf(rig.api, id)).id)
    for (let round = 1; round <= ROUNDS; round++) {
      await somethingToMerge()
      await sleep(random() * 200)
      // What runs still has the merge; nothing runs: it is on a bench.
      const starting = (await isRunning(origin)) ? clone : (await isRunning(clone)) ? origin : either()
      const snapshotOf = either()
      const isEarly = random() < 0.5
      const early = isEarly ? rig.api.snapshot(snapshotOf, `round-${round}`) : undefined
      // A server that is being snapshotted is busy.
      if (snapshotOf === starting) await early
      await rig.api.perform(`/servers/${starting}/start/`)
      const taken = await (early ?? rig.api.snapshot(snapshotOf, `round-${round}`))
      assert.equal(taken.status, 'completed', `round ${round}: ${JSON.stringify(taken)}`)
      if (round % 10 === 0) {
        const { id, path } = await layerOfSnapshot(rig.api, snapshotOf, taken.id)
        contents.set(id, await contentHash(path))
      } else await rig.api.remove(taken.id)
      // Now and then one of them runs on, and the merge goes on in its QEMU.
      const killed = random() < 0.3 ? [starting] : [origin, clone]
      for (const id of killed) if (await isRunning(id)) await killServer(rig, id)
    }
  })

  await t.test('afterwards chains agree, images are whole, contents are what they were', async () => {
    for (const id of [origin, clone]) if (await isRunning(id)) await killServer(rig, id)
    await hurryAll(rig)
    await assertAtRest(rig, [origin, clone])
    assertSame(await contentsOf(rig.api, [origin, clone]), contents)
  })
})
