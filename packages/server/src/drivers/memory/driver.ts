/**
 * A driver whose machines and disks live in memory, for tests of everything above the drivers. It keeps the contract
 * of `driver.ts` to the letter and is strict where a caller's mistake would lose data.
 */
import type { Driver, Layer, MachineEvent } from '../driver.ts'
import { openConsole } from './console.ts'
import { headerChain } from './content.ts'
import { attachLayers, cutDisks, detachLayers } from './cut.ts'
import { createNvram, NVRAM_BYTES } from './firmware.ts'
import { flattenLayer } from './flatten.ts'
import { importImage, inspectImage } from './host-files.ts'
import { checkBridge, findPort } from './host-offers.ts'
import { createLayer, discardLayer, measureLayers, pathOf } from './layers.ts'
import {
  describeGuest,
  endCleanly,
  forgetMachine,
  inspectMachine,
  running,
  setPaused,
  setPlugged,
  startMachine,
} from './machines.ts'
import { cancelMerge, copyMerge, flushMerge, type OfflineJobs, pivotMerge, yieldMerges } from './merge.ts'
import { killProgram, programEnd, startProgram } from './programs.ts'
import type { World } from './world.ts'

/** Another driver on the same world is what a restarted service would have. */
export function memoryDriver(world: World): Driver {
  const offline: OfflineJobs = new Map()
  const listeners = new Set<(event: MachineEvent) => void>()
  return {
    name: 'memory',
    version: async () => 'memory',

    adopt: async serverIds => {
      for (const id of serverIds) {
        const machine = world.machines.get(id)
        if (machine) machine.frozen = false
      }
      return { endedWithHost: serverIds.filter(id => world.endedWithHost.has(id)) }
    },
    inspect: async serverId => inspectMachine(world, serverId),
    start: machine => startMachine(world, offline, machine),
    stop: serverId => endCleanly(world, serverId, 'it was stopped'),
    halt: serverId => endCleanly(world, serverId, 'it was halted'),
    reboot: async serverId => {
      running(world, serverId)
    },
    resume: async serverId => setPaused(world, serverId, null),
    onEvent: listener => {
      listeners.add(listener)
      world.listeners.add(listener)
      return () => {
        listeners.delete(listener)
        world.listeners.delete(listener)
      }
    },

    describe: serverId => describeGuest(world, serverId),
    openConsole: async serverId => openConsole(world, serverId),
    startProgram: (serverId, program) => startProgram(world, serverId, program),
    programEnd: (serverId, process) => programEnd(world, serverId, process),
    killProgram: (serverId, process) => killProgram(world, serverId, process),
    setPlugged: (serverId, isPlugged) => setPlugged(world, serverId, isPlugged),
    forget: serverId => forgetMachine(world, serverId),
    nvramBytes: async () => (world.hasFirmware ? NVRAM_BYTES : null),
    memory: async () => world.memory,
    checkBridge: async name => checkBridge(world, name),
    findPort: async wanted => findPort(world, wanted),
    createNvram: layer => createNvram(world, layer),
    flattenLayer: (layer, chain, onProgress, signal) => flattenLayer(world, offline, layer, chain, onProgress, signal),
    inspectImage: source => inspectImage(world, source),
    importImage: (layer, source, onProgress, signal) => importImage(world, layer, source, onProgress, signal),
    createLayer: (layer, parent) => createLayer(world, layer, parent),
    discardLayer: layer => discardLayer(world, offline, layer),
    measure: layers => measureLayers(world, layers),
    readChain: async chain => headerChain(world, (chain[0] as Layer).id),
    pathOf,
    freeBytes: async () => world.freeBytes,

    attach: (serverId, disks) => attachLayers(world, serverId, disks),
    detach: (serverId, disks) => detachLayers(world, serverId, disks),
    cut: (serverId, disks, request) => cutDisks(world, serverId, disks, request),

    copyMerge: (job, onProgress, signal) => copyMerge(world, offline, job, onProgress, signal),
    flushMerge: job => flushMerge(world, offline, job),
    pivotMerge: job => pivotMerge(world, offline, job),
    cancelMerge: job => cancelMerge(world, offline, job),

    close: async () => {
      yieldMerges(offline, () => true)
      for (const listener of listeners) world.listeners.delete(listener)
    },
  }
}
