/** A chain is copied into one layer while machines stand on it; merges make way. */
import assert from 'node:assert/strict'
import { type Layer, LayerBusy } from '../driver.ts'
import type { ContractHarness } from './harness.ts'
import { assertRises } from './images.ts'
import { threeLayers } from './merges.ts'
import { gaveWay, underway } from './merges-give-way.ts'
import { newLayer, type TestServer } from './test-server.ts'

const never = new AbortController().signal

export const flattenCases = {
  'a flattened chain reads the same and stands on nothing': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    for (const isRunning of [true, false]) {
      if (!isRunning) await harness.driver.halt(server.id)
      const copy = newLayer(harness)
      await harness.driver.flattenLayer(copy, sealedChain(server), () => {}, never)
      assert.deepEqual(await harness.driver.readChain([copy]), [copy.id])
      assert.deepEqual(await harness.contents(copy), await harness.contents(server.layer(1)))
    }
    await server.verifyStopped()
  },

  'a flattened layer is found again': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    const copy = newLayer(harness)
    await harness.driver.flattenLayer(copy, sealedChain(server), () => {}, never)
    const before = await harness.contents(copy)
    await harness.driver.flattenLayer(copy, sealedChain(server).slice(-1), () => {}, never)
    assert.deepEqual(await harness.contents(copy), before)
  },

  "a flatten's progress rises, and not all at once": async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    const seen: number[] = []
    await harness.driver.flattenLayer(newLayer(harness), sealedChain(server), fraction => seen.push(fraction), never)
    assertRises(seen)
  },

  'a flatten that is told to stop leaves nothing behind, and can begin again': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    await harness.setMergePace('slow')
    const copy = newLayer(harness)
    const flatten = flattening(harness, copy, server)
    await flatten.begun
    await flatten.stop()
    assert.equal((await harness.driver.measure([copy])).size, 0)
    await harness.setMergePace('normal')
    await harness.driver.flattenLayer(copy, sealedChain(server), () => {}, never)
    assert.deepEqual(await harness.contents(copy), await harness.contents(server.layer(1)))
  },

  'a merge into what is being flattened gives way, and waits until that is done': async (harness: ContractHarness) => {
    for (const isRunning of [true, false]) {
      const server = await threeLayers(harness)
      if (!isRunning) await harness.driver.halt(server.id)
      await harness.setMergePace('slow')
      const job = server.mergeOf(2)
      const merge = await underway(harness.driver, job)
      const flatten = flattening(harness, newLayer(harness), server)
      await gaveWay(merge)
      await flatten.begun
      await assert.rejects(
        harness.driver.copyMerge(job, () => {}, never),
        error => error instanceof LayerBusy && error.waitsFor !== '',
      )
      await flatten.stop()
      await harness.setMergePace('normal')
      await server.merge(job)
      if (isRunning) await harness.driver.halt(server.id)
      await server.verifyStopped()
    }
  },

  'cuts, starts and merges above go on while a chain is flattened': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    const below = sealedChain(server).slice(1)
    await harness.setMergePace('slow')
    const flatten = flattening(harness, newLayer(harness), server, below)
    await flatten.begun
    await server.cut()
    await server.write(7, 0x77)
    const clone = await server.clone(server.layer(2))
    await clone.start()
    await clone.verifyRunning()
    await server.verifyRunning()
    await harness.driver.halt(clone.id)
    const merge = await underway(harness.driver, server.mergeOf(1))
    merge.abort()
    await gaveWay(merge)
    await flatten.stop()
    await server.verifyThroughRestart()
  },
}

/** From the layer below the active one. */
function sealedChain(server: TestServer): Layer[] {
  return server.disks[0]?.layers.slice(1) ?? []
}

function flattening(harness: ContractHarness, copy: Layer, server: TestServer, chain = sealedChain(server)) {
  const told = new Error('told to stop')
  const abort = new AbortController()
  const begun = Promise.withResolvers<void>()
  const progress = () => begun.resolve()
  const done = harness.driver.flattenLayer(copy, chain, progress, abort.signal)
  const early = done.then(() => assert.fail('it was flattened before anything came in its way'))
  early.catch(() => {})
  return {
    begun: Promise.race([begun.promise, early]),
    async stop() {
      abort.abort(told)
      await assert.rejects(done, told)
    },
  }
}
