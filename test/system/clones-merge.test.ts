/**
 * A clone beside its origin: what both have open is not merged, and both are told why; when one has ended it is, and when
 * that one starts again in the middle it is not in its way.
 */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { needs } from '../support/needs.ts'
import {
  assertAtRest,
  assertSame,
  cloneOf,
  contentsOf,
  hurryAll,
  killServer,
  mergeUnderWay,
  query,
  statusOf,
  unendedMerges,
} from './support/clones.ts'
import { Rig } from './support/rig.ts'
import { until } from './support/until.ts'

test('a clone and the merges below it', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  const origin = 1
  let rig: Rig
  let clone: number
  let contents: Map<number, string>
  before(async () => {
    rig = await Rig.start({ RESTPOINT_MERGE_MB_PER_SECOND: '1' })
    const megabytes = { one: 4, two: 24, three: 4 }
    for (const [name, count] of Object.entries(megabytes)) {
      await rig.shell.run(`dd if=/dev/urandom of=/data/${name} bs=1M count=${count} 2>/dev/null; sync`)
      await rig.api.snapshot(origin, name)
    }
    clone = await cloneOf(rig, await snapshot('three'))
    contents = await contentsOf(rig.api, [origin, clone])
  })
  after(() => rig?.end())

  const snapshot = async (name: string) => {
    const { results } = await rig.api.get<{ results: { id: number; name: string }[] }>('/snapshots/')
    const found = results.find(one => one.name === name)
    assert.ok(found)
    return found.id
  }
  const garbageOf = async (serverId: number) =>
    (await rig.api.layers(serverId)).filter(({ kind }) => kind === 'garbage')
  const isGarbageStill = async () => assert.equal((await garbageOf(origin)).length, 2, 'nothing is merged yet')

  await t.test('while both run nothing merges, and each is told why', async () => {
    for (const name of ['two', 'one']) await rig.api.remove(await snapshot(name))
    const reason = `shared by servers ${origin} and ${clone}`
    await until('the reason', async () => (await unendedMerges(rig.api))[0]?.waits_for === reason)
    for (const id of [origin, clone]) {
      const [lower, upper] = await garbageOf(id)
      assert.equal(upper?.merge?.waits_for, reason, `told by server ${id}`)
      assert.equal(lower?.merge?.waits_for, `layer ${upper?.id} above it goes first`)
    }
    await isGarbageStill()
    assertSame(await contentsOf(rig.api, [origin, clone]), contents)
  })

  await t.test('it begins when the clone has been stopped, not when its turn comes again', async () => {
    // Of itself it would come round in an hour.
    const later = Date.now() + 3600_000
    const put = "update operations set run_after = ? where kind = 'merge' and status = 'waiting'"
    const { changes } = query(rig.stateDir, db => db.prepare(put).run(later))
    assert.equal(changes, 1)
    await rig.api.perform(`/servers/${clone}/stop/`)
    await mergeUnderWay(rig)
  })

  await t.test('the clone starts in the middle of it, and the merge waits again', async () => {
    contents = new Map([...contents, ...(await contentsOf(rig.api, [clone]))])
    await rig.api.perform(`/servers/${clone}/start/`)
    await until('the merge waits', async () => (await unendedMerges(rig.api)).every(one => one.status === 'waiting'))
    await isGarbageStill()
    await killServer(rig, clone)
    await mergeUnderWay(rig)
  })

  await t.test('the origin starts in the middle of one that nobody has open', async () => {
    await rig.api.perform(`/servers/${origin}/stop/`)
    await mergeUnderWay(rig)
    await rig.api.perform(`/servers/${origin}/start/`)
    await isGarbageStill()
    await mergeUnderWay(rig)
    await isGarbageStill()
    await rig.api.perform(`/servers/${origin}/stop/`)
  })

  await t.test('all stopped, only one snapshot left: no byte is kept that nobody needs', async () => {
    await hurryAll(rig)
    const layers = await assertAtRest(rig, [origin, clone])
    assert.deepEqual(
      layers.map(({ kind }) => kind),
      ['image', 'sealed', 'active', 'active'],
    )
    assertSame(await contentsOf(rig.api, [origin]), contents)
    assert.equal(await statusOf(rig.api, clone), 'stopped')
  })
})
