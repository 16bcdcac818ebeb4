/** Merges of layers that several servers stand on: they are in nobody's way, and nothing of them is left behind. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { LayerBusy, MergeYielded } from '../driver.ts'
import type { ContractHarness } from './harness.ts'
import { threeLayers } from './merges.ts'
import { underway } from './merges-give-way.ts'

const never = new AbortController().signal

export const sharedMergeCases = {
  'a start that shares with a merge what both only read does not disturb it': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    await harness.driver.halt(server.id)
    const image = server.layer(3)
    const other = await server.clone(image)
    const job = server.mergeOf(2)
    const copy = await underway(harness.driver, job)
    await other.start()
    await harness.setMergePace('normal')
    assert.equal(await copy.outcome, undefined)
    await server.merge(job)
    await server.verifyStopped()
    await other.verifyRunning()
  },

  'starts at any moment of a merge, in another machine or without one, succeed': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    const clone = await server.clone(server.layer(1))
    for (const isRunning of [true, false]) {
      if (!isRunning) await harness.driver.halt(server.id)
      for (const delay of [0, 1, 5, 20, 60]) {
        const job = { ...server.mergeOf(2), id: harness.newId() }
        const copied = harness.driver.copyMerge(job, () => {}, never).catch(error => error)
        await sleep(delay)
        await clone.start()
        const outcome = await copied
        const isRight = outcome === undefined || outcome instanceof MergeYielded || outcome instanceof LayerBusy
        assert.ok(isRight, `neither copied nor given way: ${outcome}`)
        assert.equal((await harness.driver.inspect(clone.id)).state, 'running')
        await harness.driver.halt(clone.id)
        await harness.driver.cancelMerge(job)
      }
    }
    await harness.setMergePace('normal')
    await server.merge(server.mergeOf(2))
    await server.verifyStopped()
  },

  'a merge into a layer that goes gives way, and leaves nothing open': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    const clone = await server.clone(server.layer(2))
    await clone.start()
    await clone.fill(24, 0x51)
    await clone.cut()
    await clone.write(5, 0x52)
    await clone.cut()
    // Nothing stands on this one any more.
    await harness.driver.halt(clone.id)
    const job = clone.mergeOf(2)
    await harness.driver.discardLayer(clone.layer(0))
    const copy = await underway(harness.driver, job)
    await harness.driver.discardLayer(job.child)
    assert.ok((await copy.outcome) instanceof MergeYielded)
    await harness.driver.discardLayer(job.garbage)
    const left = await harness.driver.measure([clone.layer(0), job.child, job.garbage])
    assert.equal(left.size, 0)
    await harness.setMergePace('normal')
    await server.verifyThroughRestart()
  },

  'a merge whose layers two machines have open meanwhile can be cancelled': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    const clone = await server.clone(server.layer(1))
    const job = server.mergeOf(2)
    await underway(harness.driver, job)
    await clone.start()
    await harness.driver.cancelMerge(job)
    await harness.driver.cancelMerge({ id: job.id, child: { id: job.child.id } })
    await server.verifyRunning()
    await clone.verifyRunning()
  },
}
