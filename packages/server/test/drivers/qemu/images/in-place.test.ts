/** An image that is used where it lies is somebody else's file, whatever its path and whatever is done above it. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../../../../test/support/needs.ts'
import { killMachines } from '../../../../../../test/system/support/machines.ts'
import { plainMachine } from '../../../../src/drivers/contract/harness.ts'
import type { ImageSource, Layer, MergeJob } from '../../../../src/drivers/driver.ts'
import { forge, L1, L2 } from './forge.ts'
import { type ImageRig, never, openImageRig } from './rig.ts'

const skip = needs('qemu-system-x86_64', 'qemu-img', 'qemu-io')
const SIZE = 1024 * 1024

const own = (id: number): Layer => ({ id, sizeBytes: SIZE, format: 'qcow2', isImage: false, file: null })

/** Everything that tells whether anybody touched it. */
async function picture(path: string): Promise<unknown> {
  const { ino, size, mode, nlink, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
  const digest = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
  return { ino, size, mode, nlink, mtimeNs, ctimeNs, digest }
}

const folders = ['plain', 'with, commas,locking=off', 'json:{"driver":"null-co"}', 'a "quoted" b\\s \n\t$(x) ü 😀', '9']

for (const format of ['qcow2', 'raw'] as const) {
  for (const name of folders) {
    test(`${format}, in the folder ${JSON.stringify(name)}: merges, copies and discards leave it alone`, {
      skip,
    }, async t => {
      const rig = await openImageRig(t)
      t.after(() => killMachines(rig.stateDir))
      // A name as our own layers have it, and yet none of ours.
      const path = join(rig.folder, name, `2.${format}`)
      await mkdir(join(rig.folder, name))
      await writeFile(path, format === 'raw' ? Buffer.alloc(SIZE, 'A') : forge())
      const before = await picture(path)
      const image = await inPlace(rig, { path, format }, 1)
      const [lower, upper, copy] = [own(2), own(3), own(4)]
      await rig.driver.createLayer(lower, image)
      await rig.driver.createLayer(upper, lower)
      await rig.run('qemu-io', '-f', 'qcow2', '-c', 'write -P 9 64k 64k', rig.driver.pathOf(lower))
      assert.deepEqual(await rig.driver.readChain([upper, lower, image]), [3, 2, 1])

      const disks = [{ diskId: 1, slot: 0, role: 'disk' as const, layers: [upper, lower, image] }]
      await rig.driver.start({ ...plainMachine, serverId: 100, disks })
      await merge(rig, { id: 5, garbage: lower, child: upper, base: image, chain: [upper, lower, image] })
      assert.deepEqual((await rig.driver.inspect(100)).chains.get(1), [3, 1])
      await rig.driver.halt(100)
      assert.deepEqual(await rig.driver.readChain([upper, image]), [3, 1])
      await rig.driver.flattenLayer(copy, [upper, image], () => {}, never)
      assert.match(
        await rig.run(
          'qemu-io',
          '-f',
          'qcow2',
          '-c',
          'read -P 65 0 64k',
          '-c',
          'read -P 9 64k 64k',
          rig.driver.pathOf(copy),
        ),
        /read 65536.*read 65536/s,
      )

      assert.equal((await rig.driver.measure([image])).size, 1)
      for (const layer of [image, lower, upper, copy]) await rig.driver.discardLayer(layer)
      assert.deepEqual(await rig.files(), [])
      assert.deepEqual(await readdir(rig.paths.trash), [])
      assert.deepEqual(await picture(path), before)
    })
  }
}

test('a chain whose header names a file that is no layer is a mismatch, not a guess', { skip }, async t => {
  const rig = await openImageRig(t)
  const path = join(rig.folder, '1.qcow2')
  await writeFile(path, forge())
  const image = await inPlace(rig, { path, format: 'qcow2' }, 1)
  await rig.driver.createLayer(own(2), image)
  await rename(path, join(rig.folder, 'moved.qcow2'))
  await assert.rejects(rig.driver.readChain([own(2), image]), { code: 'chain_mismatch', message: /not where it was/ })
  assert.deepEqual(await rig.driver.readChain([own(2), { ...image, format: 'raw' }]), [2, 1])
  await assert.rejects(rig.driver.readChain([own(2)]), {
    code: 'chain_mismatch',
    message: /below layer 2 is a file that is no layer/,
  })
  await assert.rejects(rig.driver.readChain([own(2), { ...image, file: '/elsewhere/1.qcow2' }]), {
    code: 'chain_mismatch',
  })
})

test('one whose tables are damaged is refused, as a copy would be', { skip }, async t => {
  const rig = await openImageRig(t)
  const path = join(rig.folder, 'image')
  await writeFile(path, forge({ entries: { [L2]: BigInt(L1) | (1n << 63n) } }))
  await assert.rejects(inPlace(rig, { path, format: 'qcow2' }, 1), { code: 'image_rejected', message: /damaged/ })
})

test('one that a QEMU writes to is refused, also as a copy; one that it reads is not', { skip }, async t => {
  const rig = await openImageRig(t)
  const path = join(rig.folder, 'image')
  await writeFile(path, forge())
  const written = { ...own(1), file: path }
  const [disk, overlay] = [{ diskId: 1, slot: 0, role: 'disk' as const }, own(2)]
  t.after(() => killMachines(rig.stateDir))
  const source = { path, format: 'qcow2' } as const
  const refusal = { code: 'image_rejected', message: /running QEMU writes/ }
  await rig.driver.start({ ...plainMachine, serverId: 100, disks: [{ ...disk, layers: [written] }] })
  for (const inPlace of [true, false]) await assert.rejects(rig.driver.inspectImage({ ...source, inPlace }), refusal)
  await assert.rejects(
    rig.driver.importImage(rig.newImage(), source, () => {}, never),
    refusal,
  )
  await rig.driver.halt(100)

  await rig.driver.createLayer(overlay, written)
  await rig.driver.start({ ...plainMachine, serverId: 101, disks: [{ ...disk, layers: [overlay, written] }] })
  for (const inPlace of [true, false]) await rig.driver.inspectImage({ ...source, inPlace })
  await rig.driver.halt(101)
})

test('one whose path is longer than a header can hold is refused', { skip }, async t => {
  const rig = await openImageRig(t)
  let folder = rig.folder
  while (folder.length < 1024) folder = join(folder, 'x'.repeat(200))
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'image')
  await writeFile(path, forge())
  await rig.driver.inspectImage({ path, format: 'qcow2' })
  await assert.rejects(rig.driver.inspectImage({ path, format: 'qcow2', inPlace: true }), {
    code: 'image_rejected',
    message: /1023 bytes/,
  })
  await rig.driver.importImage(rig.newImage(), { path, format: 'qcow2' }, () => {}, never)
})

async function inPlace(rig: ImageRig, source: ImageSource, id: number): Promise<Layer> {
  const image: Layer = { id, sizeBytes: SIZE, format: source.format, isImage: true, file: source.path }
  await rig.driver.importImage(image, { ...source, inPlace: true }, () => {}, never)
  return image
}

async function merge(rig: ImageRig, job: MergeJob): Promise<void> {
  await rig.driver.copyMerge(job, () => {}, never)
  await rig.driver.flushMerge(job)
  assert.equal(await rig.driver.pivotMerge(job), true)
}
