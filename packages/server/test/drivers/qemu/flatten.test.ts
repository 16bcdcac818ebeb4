/** What only QEMU's copies of a chain have: headers that are ahead, programs that die, disks that are full. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { needs } from '../../../../../test/support/needs.ts'
import type { Layer } from '../../../src/drivers/driver.ts'
import type { Host } from '../../../src/drivers/qemu/host.ts'
import { type ImageRig, never, openImageRig, type RigOptions } from './images/rig.ts'

const skip = needs('qemu-img', 'qemu-io')
const SIZE = 4 * 1024 * 1024

const layerOf = (id: number): Layer => ({ id, sizeBytes: SIZE, format: 'qcow2', isImage: false, file: null })
const [image, lower, upper, copy] = [layerOf(1), layerOf(2), layerOf(3), layerOf(4)]
const chain = [upper, lower, image]

/** Three layers; each has overwritten some of the one below. */
async function threeLayers(t: TestContext, options?: RigOptions): Promise<ImageRig> {
  const rig = await openImageRig(t, options)
  for (const [layer, parent, writes] of [
    [image, null, ['write -P 1 0 2M']],
    [lower, image, ['write -P 2 64k 1M']],
    [upper, lower, ['write -P 3 128k 256k', 'write -z 3M 64k', 'write -z 1M 64k']],
  ] as const) {
    await rig.driver.createLayer(layer, parent)
    await rig.run('qemu-io', '-f', 'qcow2', ...writes.flatMap(write => ['-c', write]), rig.driver.pathOf(layer))
  }
  return rig
}

const flatten = (rig: ImageRig) => rig.driver.flattenLayer(copy, chain, () => {}, never)
const compare = (rig: ImageRig, one: string, two: string) =>
  rig.run('qemu-img', 'compare', '-f', 'qcow2', '-F', 'qcow2', one, two)

test("the copy is the same to QEMU's own comparison, names no other file and is sound", { skip }, async t => {
  const rig = await threeLayers(t)
  await flatten(rig)
  const path = rig.driver.pathOf(copy)
  assert.match(await compare(rig, path, rig.driver.pathOf(upper)), /identical/)
  assert.equal(JSON.parse(await rig.run('qemu-img', 'info', '--output=json', path))['backing-filename'], undefined)
  await rig.run('qemu-img', 'check', path)
})

test('a header that skips a layer already, whose bytes are not in the one above, does not count', { skip }, async t => {
  const rig = await threeLayers(t)
  const whole = join(rig.folder, 'whole.qcow2')
  await rig.run('qemu-img', 'convert', '-O', 'qcow2', rig.driver.pathOf(upper), whole)
  await rig.run('qemu-img', 'rebase', '-u', '-b', '1.qcow2', '-F', 'qcow2', rig.driver.pathOf(upper))
  await flatten(rig)
  assert.match(await compare(rig, rig.driver.pathOf(copy), whole), /identical/)
})

test('a copy gets its name when all of it is on disk, and the name survives as well', { skip }, async t => {
  const rig = await threeLayers(t)
  rig.effects.length = 0
  await flatten(rig)
  const path = rig.driver.pathOf(copy)
  const order = ['follow qemu-img', `sync ${path}.new`, `rename ${path}.new`, `sync ${rig.paths.layers}`]
  assert.deepEqual(
    rig.effects.filter(effect => order.includes(effect)),
    order,
  )
})

test('a larger copy reads as zero beyond what it is of', { skip }, async t => {
  const rig = await threeLayers(t)
  const larger = { ...copy, sizeBytes: 2 * SIZE }
  await rig.driver.flattenLayer(larger, chain, () => {}, never)
  const said = await rig.run('qemu-io', '-f', 'qcow2', '-c', `read -P 0 ${SIZE} ${SIZE}`, rig.driver.pathOf(larger))
  assert.match(said, new RegExp(`read ${SIZE}/${SIZE}`))
  assert.doesNotMatch(said, /failed/)
})

test('a program that dies midway leaves nothing behind', { skip }, async t => {
  let isKilled = false
  const killing = (host: Host): Host => ({
    ...host,
    follow: (program, args, options) => {
      if (isKilled) return host.follow(program, args, options)
      isKilled = true
      return host.follow(program, ['convert', '-r', '65536', ...args.slice(1)], { ...options, limitMs: 300 })
    },
  })
  const rig = await threeLayers(t, { change: killing })
  await assert.rejects(flatten(rig), /qemu-img: not done after 0.3 s/)
  assert.deepEqual((await rig.files()).sort(), ['1.qcow2', '2.qcow2', '3.qcow2'])
  await flatten(rig)
  assert.match(await compare(rig, rig.driver.pathOf(copy), rig.driver.pathOf(upper)), /identical/)
})

for (const isFoundBefore of [true, false]) {
  const name = isFoundBefore ? 'a full disk is found before anything is written' : 'a disk that is full only midway'
  const rootOnly = process.getuid?.() !== 0 && 'only root can mount a small file system'
  test(name, { skip: skip || rootOnly }, async t => {
    const stateDir = await mkdtemp(join(tmpdir(), 'restpoint-small-'))
    const lie = (host: Host): Host => ({ ...host, freeBytes: async () => 2 ** 40 })
    const tools = await openImageRig(t)
    await tools.run('mount', '-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', stateDir)
    t.after(() => tools.run('umount', '-l', stateDir).then(() => rm(stateDir, { recursive: true, force: true })))
    const rig = await threeLayers(t, { stateDir, ...(isFoundBefore ? {} : { change: lie }) })
    await assert.rejects(flatten(rig), {
      code: 'not_enough_space',
      message: isFoundBefore ? /may take 4 MB/ : /was full before/,
    })
    assert.deepEqual((await rig.files()).sort(), ['1.qcow2', '2.qcow2', '3.qcow2'])
  })
}
