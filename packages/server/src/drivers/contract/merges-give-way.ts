/** A merge never delays a cut, a halt, a stop or a start: it gives way and loses nothing. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Driver, LayerBusy, type MergeJob, MergeYielded } from '../driver.ts'
import type { ContractHarness } from './harness.ts'
import { threeLayers } from './merges.ts'

interface Underway {
  /** What became of the copy: `MergeYielded` or another error; undefined: it was finished. */
  readonly outcome: Promise<unknown>
  abort(): void
}

/** A merge that has begun to copy and is far from done. */
export async function underway(driver: Driver, job: MergeJob): Promise<Underway> {
  const controller = new AbortController()
  const begun = Promise.withResolvers<void>()
  const outcome = driver
    .copyMerge(job, () => begun.resolve(), controller.signal)
    .then(
      () => undefined,
      error => error,
    )
  const early = outcome.then(error => assert.fail(`the merge was over before anything came in its way: ${error}`))
  await Promise.race([begun.promise, early])
  early.catch(() => {})
  return { outcome, abort: () => controller.abort() }
}

/** So that a merge that never gives way fails its case soon, not at the suite's limit. */
const PATIENCE_MS = 20_000

export async function gaveWay({ outcome }: Underway): Promise<void> {
  const limit = new AbortController()
  const late = sleep(PATIENCE_MS, 'still under way', { signal: limit.signal }).catch(() => undefined)
  const error = await Promise.race([outcome, late])
  limit.abort()
  assert.ok(error instanceof MergeYielded, `not MergeYielded but ${error}`)
}

export const mergeYieldCases = {
  'a cut of the layer that is merged into': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    const job = server.mergeOf(1)
    const copy = await underway(harness.driver, job)
    await server.cut()
    await gaveWay(copy)
    await server.verifyRunning()
    await harness.setMergePace('normal')
    await server.merge(server.mergeOf(2))
    await server.verifyThroughRestart()
  },

  'a cut passes a merge into a sealed layer, which goes on': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    const job = server.mergeOf(2)
    const copy = await underway(harness.driver, job)
    await server.cut()
    await server.write(6, 0x66)
    await harness.setMergePace('normal')
    assert.equal(await copy.outcome, undefined)
    await server.merge(job)
    await server.verifyThroughRestart()
  },

  'a cut between flush and pivot of the layer that is merged into': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    const job = server.mergeOf(1)
    await harness.driver.copyMerge(job, () => {}, new AbortController().signal)
    await harness.driver.flushMerge(job)
    await server.cut()
    assert.equal(await harness.driver.pivotMerge(job), false)
    await server.verifyThroughRestart()
  },

  'a halt': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    const copy = await underway(harness.driver, server.mergeOf(1))
    await harness.driver.halt(server.id)
    await gaveWay(copy)
    await server.verifyStopped()
  },

  'a stop': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    const copy = await underway(harness.driver, server.mergeOf(2))
    await harness.driver.stop(server.id, 50)
    await gaveWay(copy)
    await server.verifyStopped()
  },

  'a start on layers that are merged without a machine': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    await harness.driver.halt(server.id)
    const job = server.mergeOf(2)
    const copy = await underway(harness.driver, job)
    await server.start()
    await gaveWay(copy)
    await server.write(3, 0x66)
    await server.verifyRunning()
    await harness.setMergePace('normal')
    await server.merge(job)
    await server.verifyThroughRestart()
  },

  'a start on a layer that another machine is merging into': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    const clone = await server.clone(server.layer(1))
    const copy = await underway(harness.driver, server.mergeOf(2))
    await clone.start()
    await gaveWay(copy)
    await clone.verifyRunning()
    await server.verifyRunning()
  },

  'its own signal': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    for (const isRunning of [true, false]) {
      const server = await threeLayers(harness)
      if (!isRunning) await harness.driver.halt(server.id)
      const job = server.mergeOf(2)
      const copy = await underway(harness.driver, job)
      copy.abort()
      await gaveWay(copy)
      await harness.driver.cancelMerge(job)
      if (isRunning) await harness.driver.halt(server.id)
      await server.verifyStopped()
    }
  },

  'a cancel, while it copies': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    const job = server.mergeOf(2)
    const copy = await underway(harness.driver, job)
    await harness.driver.cancelMerge(job)
    await gaveWay(copy)
    await server.verifyThroughRestart()
  },

  'merges of chains that share layers take turns': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    const clone = await server.clone(server.layer(1))
    await clone.start()
    for (const value of [0x51, 0x52]) {
      await clone.write(5, value)
      await clone.cut()
    }
    await harness.driver.halt(clone.id)
    await harness.setMergePace('slow')
    const below = server.mergeOf(2)
    const copy = await underway(harness.driver, below)
    // Below it a layer is written to: it may wait its turn, and where it need not it must be right.
    const above = clone.mergeOf(1)
    const refusal = await harness.driver.copyMerge(above, () => {}, new AbortController().signal).catch(error => error)
    assert.ok(refusal === undefined || refusal instanceof LayerBusy, `neither done nor told to wait: ${refusal}`)
    await harness.setMergePace('normal')
    assert.equal(await copy.outcome, undefined)
    await server.merge(below)
    clone.noteMergeBelow(below)
    await clone.merge({ ...above, chain: above.chain.filter(layer => layer !== below.garbage) })
    await clone.verifyStopped()
    await server.verifyThroughRestart()
  },
}
