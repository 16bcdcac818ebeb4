/**
 * A merge never delays or refuses a person's request. The merges here are so slow that each is still copying when the
 * request has long been served; what shows it is their state, not the clock.
 */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { needs } from '../support/needs.ts'
import { assertTidy } from './support/chains.ts'
import { contentHash } from './support/content.ts'
import { benchOf, copying, hurry, operations } from './support/merges.ts'
import { Rig } from './support/rig.ts'

const JUNK_MB = 12

test('a slow merge gives way', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  let rig: Rig
  let keptId: number
  let keptHash: string
  before(async () => {
    rig = await Rig.start({ RESTPOINT_MERGE_MB_PER_SECOND: '1' })
    await rig.shell.run('echo kept > /data/mark')
    keptId = (await rig.api.snapshot(1, 'kept')).id
    keptHash = await hashOf('kept')
  })
  after(() => rig?.end())

  const hashOf = async (name: string) => {
    const layer = (await rig.api.layers(1)).find(({ snapshots }) => snapshots.some(snapshot => snapshot.name === name))
    assert.ok(layer, `the layer of ${name}`)
    return contentHash(layer.path)
  }
  const junk = () => rig.shell.run(`dd if=/dev/urandom of=/data/junk bs=1M count=${JUNK_MB} 2>/dev/null; sync`)
  /** The newest snapshot with much in it is deleted: its layer is merged into the active one. */
  const slowMerge = async () => {
    await junk()
    const { id } = await rig.api.snapshot(1, 'junk')
    await rig.api.remove(id)
    await copying(rig.stateDir, 1)
    const layers = await rig.api.layers(1)
    const garbage = layers.filter(layer => layer.kind === 'garbage')
    assert.equal(garbage.length, 1)
    assert.equal(layers.find(layer => layer.kind === 'active')?.parent_id, garbage[0]?.id, 'into the active layer')
    return garbage[0]?.id as number
  }
  const isGarbageStill = async (id: number) => {
    const layer = (await rig.api.layers(1)).find(layer => layer.id === id)
    assert.equal(layer?.kind, 'garbage', 'the merge is not done yet')
    const merges = (await operations(rig.api)).filter(({ kind }) => kind === 'merge')
    assert.match(merges[0]?.status ?? '', /queued|running|waiting/)
  }
  const finish = async (isRunning: boolean) => {
    await hurry(rig.api, rig.stateDir, 1)
    await assertTidy(rig.api, rig.stateDir, 1, isRunning)
    assert.equal(await hashOf('kept'), keptHash)
  }
  const junkSum = async () => (await rig.shell.run('md5sum /data/junk /data/mark')).trim()

  await t.test('to a create', async () => {
    const garbage = await slowMerge()
    const before = await junkSum()
    const taken = await rig.api.snapshot(1, 'meanwhile')
    assert.equal(taken.status, 'completed')
    await isGarbageStill(garbage)
    const hash = await hashOf('meanwhile')
    await finish(true)
    assert.equal(await hashOf('meanwhile'), hash)
    assert.equal(await junkSum(), before)
    await rig.api.remove(taken.id)
    await finish(true)
  })

  await t.test('to a delete: the older layer goes on its own', async () => {
    const garbage = await slowMerge()
    const other = await rig.api.snapshot(1, 'other')
    await rig.api.remove(other.id)
    assert.equal((await rig.api.call('GET', `/snapshots/${other.id}/`)).status, 404)
    await isGarbageStill(garbage)
    await finish(true)
  })

  await t.test('to a delete of the snapshot that it is merged into', async () => {
    await junk()
    const lower = await rig.api.snapshot(1, 'lower')
    await rig.shell.run('echo upper > /data/upper; sync')
    const upper = await rig.api.snapshot(1, 'upper')
    const before = await junkSum()
    await rig.api.remove(lower.id)
    await copying(rig.stateDir, 1)
    const garbage = (await rig.api.layers(1)).find(layer => layer.kind === 'garbage')?.id as number
    await rig.api.remove(upper.id)
    await isGarbageStill(garbage)
    await finish(true)
    assert.equal(await junkSum(), before)
    assert.deepEqual(
      (await rig.api.layers(1)).map(layer => layer.kind),
      ['image', 'sealed', 'active'],
    )
  })

  await t.test('to a stop; then, on the bench, to a start', async () => {
    const garbage = await slowMerge()
    const before = await junkSum()
    await rig.api.perform('/servers/1/stop/')
    await isGarbageStill(garbage)
    await copying(rig.stateDir, await benchOf(rig.stateDir))
    await rig.api.perform('/servers/1/start/')
    await isGarbageStill(garbage)
    await rig.newShell()
    assert.equal(await junkSum(), before)
    await copying(rig.stateDir, 1)
    await finish(true)
    assert.equal(await junkSum(), before)
  })

  await t.test('on the bench, to a create and a restore of a stopped server', async () => {
    const garbage = await slowMerge()
    const before = await junkSum()
    await rig.api.perform('/servers/1/stop/')
    await copying(rig.stateDir, await benchOf(rig.stateDir))
    const taken = await rig.api.snapshot(1, 'offline')
    assert.equal(taken.status, 'completed')
    await isGarbageStill(garbage)
    await copying(rig.stateDir, await benchOf(rig.stateDir))
    await rig.api.perform(`/snapshots/${keptId}/restore/`)
    await isGarbageStill(garbage)
    await finish(false)
    await rig.api.perform(`/snapshots/${taken.id}/restore/`)
    await rig.api.perform('/servers/1/start/')
    await rig.newShell()
    assert.equal(await junkSum(), before)
    await rig.api.remove(taken.id)
    await finish(true)
  })

  await t.test('to a restore, and the undo point holds what was there', async () => {
    const garbage = await slowMerge()
    const before = await junkSum()
    await rig.api.perform(`/snapshots/${keptId}/restore/`)
    await isGarbageStill(garbage)
    await rig.newShell()
    assert.equal((await rig.shell.run('cat /data/mark; ls /data')).trim(), 'kept\nmark')
    await finish(true)
    await rig.api.perform('/servers/1/undo/')
    await rig.newShell()
    assert.equal(await junkSum(), before)
    await finish(true)
  })
})
