/** Images come in as they are, or not at all; those that are used in place stay as they are. */
import assert from 'node:assert/strict'
import type { ImageSource, Layer } from '../driver.ts'
import { type ContractHarness, DISK_BYTES } from './harness.ts'
import { layerOn, newLayer, TestServer } from './test-server.ts'

const never = new AbortController().signal
const formats = ['qcow2', 'raw'] as const

/** Blocks 2 to 41, so that a copy is not over at once. */
export const manyBlocks = new Map(Array.from({ length: 40 }, (_, index) => [index + 2, (index % 200) + 0x11]))

export const imageCases = {
  'an image is looked into: how large its disk is, and what it takes': async (harness: ContractHarness) => {
    for (const format of formats) {
      const source = await harness.createSource(new Map([[7, 0x77]]), format)
      const { sizeBytes, allocatedBytes } = await harness.driver.inspectImage(source)
      assert.equal(sizeBytes, DISK_BYTES)
      assert.ok(allocatedBytes > 0 && allocatedBytes < DISK_BYTES, `${allocatedBytes} bytes are allocated`)
    }
  },

  'a copied image reads as its source did, also when that is gone': async (harness: ContractHarness) => {
    for (const format of formats) {
      const source = await harness.createSource(manyBlocks, format)
      const image = imageLayer(harness, source)
      assert.deepEqual(await harness.driver.importImage(image, source, () => {}, never), { sizeBytes: DISK_BYTES })
      harness.removeSource(source)
      assert.deepEqual(await harness.contents(image), manyBlocks)
      assert.deepEqual(await harness.driver.readChain([image]), [image.id])
      await writesGoAbove(harness, image, manyBlocks)
      await harness.driver.discardLayer(image)
      assert.equal((await harness.driver.measure([image])).size, 0)
    }
  },

  'an image that is there is found again, whatever became of its source': async (harness: ContractHarness) => {
    const source = await harness.createSource(manyBlocks, 'qcow2')
    const image = imageLayer(harness, source)
    await harness.driver.importImage(image, source, () => {}, never)
    harness.removeSource(source)
    assert.deepEqual(await harness.driver.importImage(image, source, () => {}, never), { sizeBytes: DISK_BYTES })
    assert.deepEqual(await harness.contents(image), manyBlocks)
  },

  "an import's progress rises, and not all at once": async (harness: ContractHarness) => {
    const source = await harness.createSource(manyBlocks, 'raw')
    const seen: number[] = []
    await harness.driver.importImage(imageLayer(harness, source), source, fraction => seen.push(fraction), never)
    assertRises(seen)
  },

  'an import that is told to stop leaves nothing behind, and can begin again': async (harness: ContractHarness) => {
    const source = await harness.createSource(manyBlocks, 'raw')
    const image = imageLayer(harness, source)
    const told = new Error('told to stop')
    const stop = new AbortController()
    const copy = harness.driver.importImage(image, source, () => stop.abort(told), stop.signal)
    await assert.rejects(copy, told)
    await assert.rejects(
      harness.driver.importImage(image, source, () => {}, AbortSignal.abort(told)),
      told,
    )
    assert.equal((await harness.driver.measure([image])).size, 0)
    await harness.driver.importImage(image, source, () => {}, never)
    assert.deepEqual(await harness.contents(image), manyBlocks)
  },

  'what is not there, or is something else, is refused, and nothing is left behind': async (
    harness: ContractHarness,
  ) => {
    const gone = await harness.createSource(manyBlocks, 'qcow2')
    harness.removeSource(gone)
    const raw = await harness.createSource(manyBlocks, 'raw')
    for (const source of [gone, { ...raw, format: 'qcow2' as const }]) {
      const image = imageLayer(harness, source)
      await assert.rejects(harness.driver.inspectImage(source), { code: 'image_rejected' })
      await assert.rejects(
        harness.driver.importImage(image, source, () => {}, never),
        { code: 'image_rejected' },
      )
      assert.equal((await harness.driver.measure([image])).size, 0)
    }
  },

  'a source that goes while it is copied is refused, and nothing is left behind': async (harness: ContractHarness) => {
    const source = await harness.createSource(manyBlocks, 'raw')
    const image = imageLayer(harness, source)
    const copy = harness.driver.importImage(image, source, () => harness.removeSource(source), never)
    await assert.rejects(copy, { code: 'image_rejected' })
    assert.equal((await harness.driver.measure([image])).size, 0)
  },

  'an image in place is read where it lies, and stays': async (harness: ContractHarness) => {
    for (const format of formats) {
      const source = { ...(await harness.createSource(manyBlocks, format)), inPlace: true }
      assert.equal((await harness.driver.inspectImage(source)).sizeBytes, DISK_BYTES)
      const image = { ...imageLayer(harness, source), file: source.path }
      assert.deepEqual(await harness.driver.importImage(image, source, () => {}, never), { sizeBytes: DISK_BYTES })
      assert.equal(harness.driver.pathOf(image), source.path)
      await writesGoAbove(harness, image, manyBlocks)
      await harness.driver.discardLayer(image)
      await harness.driver.discardLayer(image)
      const onIt = await layerOn(harness, image)
      assert.deepEqual(await harness.contents(onIt), manyBlocks)
      assert.deepEqual(await harness.driver.readChain([onIt, image]), [onIt.id, image.id])
    }
  },

  'a layer on nothing reads as zero': async (harness: ContractHarness) => {
    const layer = newLayer(harness)
    await harness.driver.createLayer(layer, null)
    await harness.driver.createLayer(layer, null)
    assert.deepEqual(await harness.driver.readChain([layer]), [layer.id])
    await writesGoAbove(harness, layer, new Map())
  },

  "the variables of UEFI are a layer of their own, of UEFI's size": async (harness: ContractHarness) => {
    const sizeBytes = await harness.driver.nvramBytes()
    assert.ok(sizeBytes !== null)
    const layer = { ...newLayer(harness), sizeBytes }
    await harness.driver.createNvram(layer)
    await harness.driver.createNvram(layer)
    assert.ok(((await harness.driver.measure([layer])).get(layer.id) ?? 0) > 0)
    assert.deepEqual(await harness.driver.readChain([layer]), [layer.id])
    const onIt = await layerOn(harness, layer)
    assert.deepEqual(await harness.driver.readChain([onIt, layer]), [onIt.id, layer.id])
  },
}

export function imageLayer(harness: ContractHarness, { format }: Pick<ImageSource, 'format'>): Layer {
  return { id: harness.newId(), sizeBytes: DISK_BYTES, format, isImage: true, file: null }
}

/** Rises from at most a half to 1, never falls. */
export function assertRises(seen: readonly number[]): void {
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  assert.ok((seen[0] ?? 1) <= 0.5, `it began with ${seen[0]}`)
  assert.equal(seen.at(-1), 1)
}

/** A machine on top of it writes, and what it stands on stays as it was. */
async function writesGoAbove(
  harness: ContractHarness,
  bottom: Layer,
  contents: ReadonlyMap<number, number>,
): Promise<void> {
  const server = await TestServer.on(harness, bottom, contents)
  await server.start()
  await server.write(3, 0x99)
  await server.cut()
  await server.write(60, 0x98)
  await server.verifyThroughRestart()
  await harness.driver.halt(server.id)
  for (const { layers } of server.disks)
    for (const layer of layers.slice(0, -1)) await harness.driver.discardLayer(layer)
  assert.deepEqual(await harness.contents(bottom), new Map(contents))
}
