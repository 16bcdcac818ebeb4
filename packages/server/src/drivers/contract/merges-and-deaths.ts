/**
 * Machines and services that die around a merge. A pivot counts only if the flush before it was recorded, and after
 * that nothing is ever lost, also when the garbage layer is discarded at once.
 */
import assert from 'node:assert/strict'
import { type MergeJob, MergeYielded } from '../driver.ts'
import type { ContractHarness } from './harness.ts'
import { threeLayers } from './merges.ts'
import { underway } from './merges-give-way.ts'
import type { TestServer } from './test-server.ts'

const never = new AbortController().signal

/** Both depths: into a sealed layer and into the active one. */
const depths = [2, 1]

export const mergeDeathCases = {
  'killed right after the pivot, the garbage gone: nothing is lost': async (harness: ContractHarness) => {
    for (const depth of depths) {
      const server = await threeLayers(harness)
      await server.merge(server.mergeOf(depth))
      await harness.kill(server.id)
      await server.verifyStopped()
    }
  },

  'killed while it copies: the merge gives way, the chain is as it was': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    const copy = await underway(harness.driver, server.mergeOf(2))
    await harness.kill(server.id)
    assert.ok((await copy.outcome) instanceof MergeYielded)
    await server.verifyStopped()
  },

  'killed between copy and flush: the copy is not taken for whole': async (harness: ContractHarness) => {
    for (const depth of depths) {
      const server = await threeLayers(harness)
      const job = server.mergeOf(depth)
      await harness.driver.copyMerge(job, () => {}, never)
      await harness.kill(server.id)
      assert.equal(await flushAndPivot(harness, job), false)
      await server.verifyStopped()
      await server.start()
      assert.equal(await flushAndPivot(harness, job), false)
      await server.merge(job)
      await server.verifyThroughRestart()
    }
  },

  'killed between flush and pivot: the answer and the disks agree': async (harness: ContractHarness) => {
    for (const depth of depths) {
      const server = await threeLayers(harness)
      const job = server.mergeOf(depth)
      await harness.driver.copyMerge(job, () => {}, never)
      await harness.driver.flushMerge(job)
      await harness.kill(server.id)
      await settle(server, job)
      await server.verifyStopped()
    }
  },

  'started again between flush and pivot: the answer and the machine agree': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    const job = server.mergeOf(2)
    await harness.driver.copyMerge(job, () => {}, never)
    await harness.driver.flushMerge(job)
    await harness.kill(server.id)
    await server.start()
    await settle(server, job)
    await server.verifyThroughRestart()
  },

  'a start between flush and pivot of a merge without a machine: answer and machine agree': async (
    harness: ContractHarness,
  ) => {
    const server = await threeLayers(harness)
    await harness.driver.halt(server.id)
    const job = server.mergeOf(2)
    await harness.driver.copyMerge(job, () => {}, never)
    await harness.driver.flushMerge(job)
    await server.start()
    await settle(server, job)
    await server.verifyThroughRestart()
  },

  'killed after the pivot, before the caller heard of it: it is still true': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    const job = server.mergeOf(2)
    await harness.driver.copyMerge(job, () => {}, never)
    await harness.driver.flushMerge(job)
    await harness.driver.pivotMerge(job)
    await harness.kill(server.id)
    assert.equal(await harness.driver.pivotMerge(job), true)
    server.noteMerge(job)
    await harness.driver.discardLayer(job.garbage)
    await server.verifyStopped()
  },

  'a new driver finds the merge that the old one began': async (harness: ContractHarness) => {
    await harness.setMergePace('slow')
    const server = await threeLayers(harness)
    const job = server.mergeOf(2)
    await underway(harness.driver, job)
    await reopen(harness, server)
    await harness.setMergePace('normal')
    await server.merge(job)
    await server.verifyThroughRestart()
  },

  'a new driver goes on between copy and flush': async (harness: ContractHarness) => {
    const server = await threeLayers(harness)
    const job = server.mergeOf(2)
    await harness.driver.copyMerge(job, () => {}, never)
    await reopen(harness, server)
    await server.merge(job)
    await server.verifyThroughRestart()
  },

  'a new driver goes on between flush and pivot': async (harness: ContractHarness) => {
    for (const isRunning of [true, false]) {
      const server = await threeLayers(harness)
      if (!isRunning) await harness.driver.halt(server.id)
      const job = server.mergeOf(2)
      await harness.driver.copyMerge(job, () => {}, never)
      await harness.driver.flushMerge(job)
      await reopen(harness, server)
      await settle(server, job)
      if (isRunning) await server.verifyThroughRestart()
      else await server.verifyStopped()
    }
  },

  'a new driver knows that the pivot happened': async (harness: ContractHarness) => {
    for (const isRunning of [true, false]) {
      const server = await threeLayers(harness)
      if (!isRunning) await harness.driver.halt(server.id)
      const job = server.mergeOf(2)
      await harness.driver.copyMerge(job, () => {}, never)
      await harness.driver.flushMerge(job)
      assert.equal(await harness.driver.pivotMerge(job), true)
      await reopen(harness, server)
      assert.equal(await harness.driver.pivotMerge(job), true)
      server.noteMerge(job)
      await harness.driver.discardLayer(job.garbage)
      if (isRunning) await server.verifyThroughRestart()
      else await server.verifyStopped()
    }
  },
}

async function reopen(harness: ContractHarness, server: TestServer): Promise<void> {
  await harness.driver.close()
  await harness.reopen()
  await harness.driver.adopt([server.id])
}

/** What a caller without a recorded flush gets; a flush that has nothing to flush may as well reject. */
async function flushAndPivot(harness: ContractHarness, job: MergeJob): Promise<boolean> {
  try {
    await harness.driver.flushMerge(job)
  } catch (error) {
    assert.ok(error instanceof MergeYielded, `not MergeYielded but ${error}`)
    return false
  }
  return harness.driver.pivotMerge(job)
}

/** After a recorded flush: `true` lets the garbage go, `false` begins again from the copy. Both must keep everything. */
async function settle(server: TestServer, job: MergeJob): Promise<void> {
  const { driver } = server.harness
  if (!(await driver.pivotMerge(job))) return await server.merge(job)
  server.noteMerge(job)
  await driver.discardLayer(job.garbage)
}
