/** Drivers with the mistakes that real ones have made. The suite must catch each of them. */
import assert from 'node:assert/strict'
import { type Duplex, PassThrough } from 'node:stream'
import { describe, test } from 'node:test'
import { setImmediate as nextTick } from 'node:timers/promises'
import { DISK_BYTES } from '../../../src/drivers/contract/harness.ts'
import { contractCases } from '../../../src/drivers/contract.ts'
import { type CutReport, type Driver, MergeYielded } from '../../../src/drivers/driver.ts'
import { makeMemoryHarness } from './harness.ts'

interface Mistake {
  readonly make: (driver: Driver) => Partial<Driver>
  /** The case that must fail. */
  readonly caughtBy: keyof typeof contractCases
}

const mistakes: Readonly<Record<string, Mistake>> = {
  'finalizes a merge that was not flushed': {
    make: () => ({ flushMerge: async () => {} }),
    caughtBy: 'killed right after the pivot, the garbage gone: nothing is lost',
  },
  'says pivoted whatever happened': {
    make: driver => ({ pivotMerge: async job => (await driver.pivotMerge(job)) || true }),
    caughtBy: 'killed between flush and pivot: the answer and the disks agree',
  },
  'never pivots': {
    make: () => ({ pivotMerge: async () => false }),
    caughtBy: 'without a machine',
  },
  'forgets a lost copy': {
    make: driver => ({ flushMerge: job => driver.flushMerge(job).catch(() => {}), pivotMerge: async () => true }),
    caughtBy: 'killed between copy and flush: the copy is not taken for whole',
  },
  'cuts one disk after the other': {
    make: driver => ({
      cut: async (serverId, disks, request) => {
        let report: CutReport | undefined
        for (const disk of disks) {
          report = await driver.cut(serverId, [disk], request)
          for (let tick = 0; tick < 5; tick++) await nextTick()
        }
        return report as CutReport
      },
    }),
    caughtBy: 'all disks are cut at one instant',
  },
  'falls back to a crash-consistent cut in silence': {
    make: driver => ({
      cut: (id, disks, request) => driver.cut(id, disks, request === 'filesystem' ? 'auto' : request),
    }),
    caughtBy: 'filesystem consistency out of reach: refused, and nothing changed',
  },
  'cuts anew when it is asked again': {
    make: driver => ({
      cut: async (id, disks, request) => ({ ...(await driver.cut(id, disks, request)), reason: 'not_asked' as const }),
    }),
    caughtBy: 'the second call of a cut cuts nothing',
  },
  'makes an existing layer again': {
    make: driver => ({
      createLayer: async (layer, parent) => {
        await driver.discardLayer(layer)
        await driver.createLayer(layer, parent)
      },
    }),
    caughtBy: 'a layer that exists is found again, not emptied',
  },
  'discards nothing': {
    make: () => ({ discardLayer: async () => {} }),
    caughtBy: 'a discarded layer is gone, also the second time, and its parent is as it was',
  },
  'starts anew what runs': {
    make: driver => ({
      start: async machine => {
        await driver.halt(machine.serverId)
        await driver.start(machine)
      },
    }),
    caughtBy: 'starting what runs leaves it as it is',
  },
  'lets a merge hold up a cut': {
    make: driver => ({
      cut: async (id, disks, request) => {
        if (driver.name === 'memory' && busy.size > 0) throw new Error('Node is busy')
        return driver.cut(id, disks, request)
      },
      copyMerge: async (job, onProgress, signal) => {
        busy.add(job.id)
        await driver.copyMerge(job, onProgress, signal).finally(() => busy.delete(job.id))
      },
    }),
    caughtBy: 'a cut of the layer that is merged into',
  },
  'does not cancel': {
    make: () => ({ cancelMerge: async () => {} }),
    caughtBy: 'a cancelled merge leaves the chain as it was, and can begin again',
  },
  'calls a yielded merge done': {
    make: driver => ({
      copyMerge: (job, onProgress, signal) =>
        driver.copyMerge(job, onProgress, signal).catch(error => {
          if (!(error instanceof MergeYielded)) throw error
        }),
    }),
    caughtBy: 'a halt',
  },
  'tells progress that falls': {
    make: driver => ({
      copyMerge: (job, onProgress, signal) => driver.copyMerge(job, done => onProgress(1 - done), signal),
    }),
    caughtBy: 'progress rises from 0 to 1',
  },
  'looks into nothing that it imports': {
    make: () => ({ inspectImage: async () => ({ sizeBytes: DISK_BYTES, allocatedBytes: 1 }) }),
    caughtBy: 'what is not there, or is something else, is refused, and nothing is left behind',
  },
  'imports anew what is there': {
    make: driver => ({
      importImage: async (layer, source, onProgress, signal) => {
        await driver.discardLayer(layer)
        return driver.importImage(layer, source, onProgress, signal)
      },
    }),
    caughtBy: 'an image that is there is found again, whatever became of its source',
  },
  'leaves half an image behind': {
    make: driver => ({
      importImage: (layer, source, onProgress, signal) =>
        driver.importImage(layer, source, onProgress, signal).catch(async error => {
          await driver.createLayer(layer, null)
          throw error
        }),
    }),
    caughtBy: 'a source that goes while it is copied is refused, and nothing is left behind',
  },
  'imports although it is told to stop': {
    make: driver => ({
      importImage: (layer, source, onProgress) => driver.importImage(layer, source, onProgress, never),
    }),
    caughtBy: 'an import that is told to stop leaves nothing behind, and can begin again',
  },
  'tells of an import only when it is done': {
    make: driver => ({
      importImage: async (layer, source, onProgress, signal) => {
        const imported = await driver.importImage(layer, source, () => {}, signal)
        onProgress(1)
        return imported
      },
    }),
    caughtBy: "an import's progress rises, and not all at once",
  },
  'flattens but the top of a chain': {
    make: driver => ({
      flattenLayer: (layer, chain, onProgress, signal) =>
        driver.flattenLayer(layer, chain.slice(0, 1), onProgress, signal),
    }),
    caughtBy: 'a flattened chain reads the same and stands on nothing',
  },
  'makes a layer on the chain instead of a copy': {
    make: driver => ({
      flattenLayer: async (layer, chain) => driver.createLayer(layer, chain[0] ?? null),
    }),
    caughtBy: 'a flattened chain reads the same and stands on nothing',
  },
  'flattens anew what is there': {
    make: driver => ({
      flattenLayer: async (layer, chain, onProgress, signal) => {
        await driver.discardLayer(layer)
        await driver.flattenLayer(layer, chain, onProgress, signal)
      },
    }),
    caughtBy: 'a flattened layer is found again',
  },
  'reads a chain from what it is told': {
    make: () => ({ readChain: async chain => chain.map(({ id }) => id) }),
    caughtBy: 'a new layer reads as what it stands on',
  },
  'does not know whom the host took with it': {
    make: driver => ({
      adopt: async ids => {
        await driver.adopt(ids)
        return { endedWithHost: [] }
      },
    }),
    caughtBy: 'machines that ran until the host went down are told, until somebody starts or ends them',
  },
  'takes every end for that of the host': {
    make: driver => ({ adopt: ids => driver.adopt(ids).then(() => ({ endedWithHost: ids })) }),
    caughtBy: 'a machine that ended while the service was away did not end with the host',
  },
  'forgets a machine that runs': {
    make: driver => ({
      forget: async id => {
        await driver.halt(id)
        await driver.forget(id)
      },
    }),
    caughtBy: 'of a machine that is forgotten nothing is left but its layers',
  },
  'leaves out the network': {
    make: driver => ({ start: machine => driver.start({ ...machine, network: { type: 'none' } }) }),
    caughtBy: 'a port is free until a machine forwards it',
  },
  'believes in every bridge': {
    make: () => ({ checkBridge: async () => {} }),
    caughtBy: 'what is no bridge of this host is refused',
  },
  "leaves UEFI's variables out of the cut": {
    make: driver => ({ cut: (id, disks, request) => driver.cut(id, disks.slice(0, 1), request) }),
    caughtBy: "UEFI's variables are in the chains, cut and merged with the disks",
  },
  'has a console of what does not run': {
    make: driver => ({ openConsole: async id => (await driver.openConsole(id)) ?? new PassThrough() }),
    caughtBy: 'what does not run has no console',
  },
  'gives everybody the same console': {
    make: driver => {
      let only: Promise<Duplex | null> | undefined
      return {
        openConsole: id => {
          only ??= driver.openConsole(id)
          return only
        },
      }
    },
    caughtBy: 'the consoles of two machines are two, and neither is in the way of a cut',
  },
  'keeps to itself that a machine has started': {
    make: () => ({ onEvent: () => () => {} }),
    caughtBy: 'whoever listens hears that a machine has started, and then finds it running',
  },
  'says nothing of a dead machine': {
    make: driver => ({
      inspect: async id => ({ ...(await driver.inspect(id)), state: 'running' as const }),
    }),
    caughtBy: 'a killed machine is absent, and what its guest had synced is there',
  },
}

const never = new AbortController().signal
const busy = new Set<number>()

describe('the driver contract catches a driver that', () => {
  for (const [what, { make, caughtBy }] of Object.entries(mistakes)) {
    test(what, async () => {
      busy.clear()
      const harness = await makeMemoryHarness(driver => ({ ...driver, ...make(driver) }))
      const prove = contractCases[caughtBy]
      assert.ok(prove, `there is no case "${caughtBy}"`)
      await assert.rejects(prove(harness))
      await harness.close()
    })
  }
})
