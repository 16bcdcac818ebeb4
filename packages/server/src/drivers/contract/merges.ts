/** Merges that run to their end, or are cancelled: no content changes, and what is garbage can go. */
import assert from 'node:assert/strict'
import { LayerBusy } from '../driver.ts'
import type { ContractHarness } from './harness.ts'
import { TestServer } from './test-server.ts'

const never = new AbortController().signal

/** Active on two sealed layers on the image; each has overwritten some of the one below. */
export async function threeLayers(harness: ContractHarness): Promise<TestServer> {
  const server = await TestServer.running(harness)
  await server.fill(24, 0x41)
  await server.cut()
  await server.write(3, 0x42)
  await server.write(30, 0x42)
  await server.cut()
  await server.write(4, 0x43)
  await server.write(30, 0x43)
  return server
}

export const mergeCases = {
  'live, into a sealed layer: the chain is shorter and every content the same': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    await server.merge(server.mergeOf(2))
    await server.verifyRunning()
    await server.verifySealed()
    await server.write(5, 0x44)
    await server.verifyThroughRestart()
  },

  'live, into the active layer: the guest writes on': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    await server.merge(server.mergeOf(1))
    await server.write(3, 0x44)
    await server.verifyThroughRestart()
  },

  'without a machine': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    await harness.driver.halt(server.id)
    await server.merge(server.mergeOf(2))
    await server.verifyStopped()
    await server.merge(server.mergeOf(1))
    await server.verifyStopped()
    await server.start()
    await server.verifyRunning()
  },

  'what the guest writes during a merge wins over what is merged': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    const job = server.mergeOf(1)
    const copy = harness.driver.copyMerge(job, () => {}, never)
    await server.write(3, 0x66)
    await server.write(25, 0x66)
    await harness.setMergePace('normal')
    await copy
    await server.merge(job)
    await server.verifyThroughRestart()
  },

  'progress rises from 0 to 1': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    const seen: number[] = []
    await harness.driver.copyMerge(server.mergeOf(2), fraction => seen.push(fraction), never)
    assert.ok(seen.every(fraction => fraction >= 0 && fraction <= 1))
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    )
  },

  'each half of a merge may be called again': async (harness: ContractHarness) => {
    const { driver } = harness
    for (const isRunning of [true, false]) {
      const server = await threeLayers(harness)
      if (!isRunning) await driver.halt(server.id)
      const job = server.mergeOf(2)
      await driver.copyMerge(job, () => {}, never)
      await driver.copyMerge(job, () => {}, never)
      await driver.flushMerge(job)
      await driver.flushMerge(job)
      assert.equal(await driver.pivotMerge(job), true)
      assert.equal(await driver.pivotMerge(job), true)
      server.noteMerge(job)
      await driver.discardLayer(job.garbage)
      await driver.discardLayer(job.garbage)
      if (isRunning) await server.verifyThroughRestart()
      else await server.verifyStopped()
    }
  },

  'two calls that copy the same merge at once are one merge': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    const job = server.mergeOf(2)
    const { driver } = harness
    await Promise.all([driver.copyMerge(job, () => {}, never), driver.copyMerge(job, () => {}, never)])
    await server.merge(job)
    await server.verifyThroughRestart()
  },

  'a cancelled merge leaves the chain as it was, and can begin again': async (harness: ContractHarness) => {
    const { driver } = harness
    for (const isRunning of [true, false]) {
      const server = await threeLayers(harness)
      if (!isRunning) await driver.halt(server.id)
      const job = server.mergeOf(2)
      await driver.cancelMerge(job)
      await driver.copyMerge(job, () => {}, never)
      await driver.cancelMerge(job)
      await driver.cancelMerge(job)
      if (isRunning) await server.verifyRunning()
      else await server.verifyStopped()
      assert.equal(await driver.pivotMerge(job), false)
      await server.merge(job)
      if (isRunning) await server.verifyThroughRestart()
      else await server.verifyStopped()
    }
  },

  'a layer that two running machines have open waits, and says for what': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    const clone = await server.clone(server.layer(1))
    await clone.start()
    const job = server.mergeOf(2)
    await assert.rejects(
      harness.driver.copyMerge(job, () => {}, never),
      error => error instanceof LayerBusy && error.waitsFor !== '',
    )
    await server.verifyRunning()
    await clone.verifyRunning()
    await harness.driver.halt(clone.id)
    await server.merge(job)
    await server.verifyThroughRestart()
  },
}
