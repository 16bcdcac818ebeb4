/** Layers are made, found again, measured, read and discarded. */
import assert from 'node:assert/strict'
import type { Layer } from '../driver.ts'
import { BLOCK_BYTES, type ContractHarness } from './harness.ts'
import { layerOn, newLayer, TestServer } from './test-server.ts'

export const layerCases = {
  'a new layer reads as what it stands on': async (harness: ContractHarness) => {
    const image = await harness.createImage(new Map([[7, 0x77]]))
    const lower = await layerOn(harness, image)
    const upper = await layerOn(harness, lower)
    assert.deepEqual(await harness.contents(upper), new Map([[7, 0x77]]))
    assert.deepEqual(await harness.driver.readChain([upper, lower, image]), [upper.id, lower.id, image.id])
    assert.deepEqual(await harness.driver.readChain([upper, image]), [upper.id, lower.id, image.id])
    assert.deepEqual(await harness.driver.readChain([image]), [image.id])
  },

  'a layer that exists is found again, not emptied': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    await server.write(2, 0x44)
    await harness.driver.halt(server.id)
    await harness.driver.createLayer(server.layer(0), server.layer(1))
    await server.verifyStopped()
  },

  'a layer can be made on the active layer of a running machine': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const [cut] = await server.prepare()
    assert.ok(cut)
    assert.deepEqual((await harness.driver.readChain([cut.to, server.layer(0), server.layer(1)]))[0], cut.to.id)
    await server.verifyRunning()
  },

  'a discarded layer is gone, also the second time, and its parent is as it was': async (harness: ContractHarness) => {
    const image = await harness.createImage(new Map([[7, 0x77]]))
    const layer = await layerOn(harness, image)
    await harness.driver.discardLayer(layer)
    assert.equal((await harness.driver.measure([layer, image])).has(layer.id), false)
    await harness.driver.discardLayer(layer)
    await harness.driver.discardLayer(newLayer(harness))
    assert.deepEqual(await harness.contents(image), new Map([[7, 0x77]]))
    await harness.driver.createLayer(layer, image)
    assert.deepEqual(await harness.contents(layer), new Map([[7, 0x77]]))
  },

  'a machine lets go of an attached layer that is discarded': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const cuts = await server.prepare()
    await harness.driver.attach(server.id, cuts)
    for (const { to } of cuts) await harness.driver.discardLayer(to)
    const gone = await harness.driver.measure(cuts.map(cut => cut.to))
    assert.equal(gone.size, 0)
    await server.cut()
    await server.verifyThroughRestart()
  },

  'each layer is measured by its own bytes; what is missing is left out': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const [active, image] = [server.layer(0), server.layer(1)]
    const before = await harness.driver.measure([active, image])
    await server.fill(16, 0x44)
    await harness.driver.halt(server.id)
    const after = await harness.driver.measure([active, image, newLayer(harness)])
    assert.deepEqual([...after.keys()].sort(), [active.id, image.id].sort())
    assert.equal(after.get(image.id), before.get(image.id))
    const growth = sizeIn(after, active) - sizeIn(before, active)
    assert.ok(growth >= 16 * BLOCK_BYTES, `grew by ${growth}`)
    assert.ok(growth < 32 * BLOCK_BYTES, `grew by ${growth}`)
  },

  'paths come from ids alone; an image is used in place': async (harness: ContractHarness) => {
    const image = await harness.createImage(new Map())
    assert.equal(harness.driver.pathOf(image), image.file)
    const [one, two] = [newLayer(harness), newLayer(harness)]
    assert.notEqual(harness.driver.pathOf(one), harness.driver.pathOf(two))
    assert.equal(harness.driver.pathOf({ ...one }), harness.driver.pathOf(one))
  },

  'free space is told in bytes': async ({ driver }: ContractHarness) => {
    assert.ok(Number.isSafeInteger(await driver.freeBytes()))
  },
}

function sizeIn(sizes: ReadonlyMap<number, number>, layer: Layer): number {
  const size = sizes.get(layer.id)
  assert.ok(size !== undefined)
  return size
}
