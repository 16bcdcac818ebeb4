/** What a test can do to the memory driver's world, and see of it. No part of the driver. */
import type { LayerId } from '../../domain/layers.ts'
import type { Driver, GuestFacts, GuestProgram, Layer, Machine } from '../driver.ts'
import type { AgentMode } from './agent.ts'
import { print } from './console.ts'
import { contents, durableContents, flush, writeUnflushed } from './content.ts'
import { memoryDriver } from './driver.ts'
import { Faults, withFaults } from './faults.ts'
import { endHost, killMachine, running, setPaused } from './machines.ts'
import type { ProgramFate } from './programs.ts'
import { BLOCK_BYTES, type Blocks, copyWorld, createWorld, type HostFile, type World } from './world.ts'

export interface MemoryControls {
  /** Puts an image where it can be used; its content as block → value. */
  addImage(layer: Layer, blocks: ReadonlyMap<number, number>): void
  /** Puts a file on the host, or another in its place; by default there is nothing wrong with it. */
  putFile(path: string, file: Pick<HostFile, 'format' | 'sizeBytes' | 'blocks'> & { problem?: string }): void
  removeFile(path: string): void
  /** Whether the host can boot by UEFI; it can by default. */
  setFirmware(isThere: boolean): void
  /** Writes as the guest does. It has also synced, unless `synced` is false: then a kill loses it. */
  write(serverId: number, slot: number, block: number, value: number, options?: { synced: boolean }): void
  sync(serverId: number, slot: number): void
  /** Reads as the guest does; 0 where nothing was written. */
  read(serverId: number, slot: number, block: number): number
  /** The blocks that are not zero, read from this layer through everything below it. */
  contents(layer: LayerId): ReadonlyMap<number, number>
  /** The same, if every machine were killed now. */
  durableContents(layer: LayerId): ReadonlyMap<number, number>
  layerIds(): LayerId[]
  /** What a running machine has opened for a cut that has not happened. */
  attached(serverId: number): LayerId[]
  setAgent(serverId: number, mode: AgentMode): void
  isFrozen(serverId: number): boolean
  /** Ends the machine as SIGKILL does: what was not flushed is lost. */
  crash(serverId: number, reason?: string): void
  /** The host loses its power; `reopen` is the service after it has come back. */
  endHost(): void
  /** What a running machine was started with. */
  started(serverId: number): Machine
  isPlugged(serverId: number): boolean
  /** Its guest prints to its console. */
  print(serverId: number, text: string | Buffer): void
  /** What has been typed on its console since the last time. */
  takeTyped(serverId: number): string
  /** Its guest takes nothing any more of what is typed. */
  stopReading(serverId: number): void
  /** What its agent tells; by default no addresses and no name. */
  setFacts(serverId: number, facts: GuestFacts): void
  /** What becomes of programs that are started, or run, in its guest; by default they end well. */
  setFate(serverId: number, fate: ProgramFate): void
  /** Those that run in it, or whose end nobody has asked for. */
  programs(serverId: number): GuestProgram[]
  setMemory(totalMb: number, freeMb: number): void
  /** By default there is none. */
  addBridge(name: string): void
  /** Something on the host listens on it. */
  takePort(port: number): void
  /** As QEMU does when the disk is full. */
  pause(serverId: number, reason: string): void
  setFreeBytes(bytes: number): void
  /** Merges stop after their first block until released. */
  holdMerges(): void
  releaseMerges(): void
  /** Something outside has the layer open: merges wait. Null: no longer. */
  occupy(layer: LayerId, waitsFor: string | null): void
  readonly faults: Faults
}

export interface Memory {
  readonly driver: Driver
  readonly controls: MemoryControls
  /** The driver of a restarted service: same disks, same machines. The old one is not used any more. */
  reopen(): Driver
  /** Another host as this one is now, at rest. */
  copy(): Memory
}

export function openMemory(world = createWorld()): Memory {
  const faults = new Faults()
  return {
    driver: withFaults(memoryDriver(world), faults),
    controls: controlsOf(world, faults),
    reopen: () => {
      world.service++
      world.readers.clear()
      return withFaults(memoryDriver(world), faults)
    },
    copy: () => openMemory(copyWorld(world)),
  }
}

function controlsOf(world: World, faults: Faults): MemoryControls {
  const activeOf = (serverId: number, slot: number) => {
    const machine = running(world, serverId)
    const active = machine.disks.find(disk => disk.slot === slot)?.chain[0]
    if (active === undefined) throw new Error(`server ${serverId} has no disk in slot ${slot}`)
    return { machine, active }
  }
  return {
    addImage: ({ id, sizeBytes, format, file }, blocks) => {
      const own = { id, sizeBytes, isImage: true, parentId: null, blocks: checked(blocks, sizeBytes) }
      world.layers.set(id, own)
      if (file !== null) world.files.set(file, { format, sizeBytes, blocks: own.blocks, problem: null })
    },
    putFile: (path, { format, sizeBytes, blocks, problem = null }) => {
      world.files.set(path, { format, sizeBytes, blocks: checked(blocks, sizeBytes), problem })
    },
    removeFile: path => void world.files.delete(path),
    setFirmware: isThere => {
      world.hasFirmware = isThere
    },
    write: (serverId, slot, block, value, { synced } = { synced: true }) => {
      const { machine, active } = activeOf(serverId, slot)
      if (machine.frozen || machine.paused !== null) throw new Error(`server ${serverId} cannot write now`)
      writeUnflushed(machine, active, block, value)
      if (synced) flush(world, machine, active)
    },
    sync: (serverId, slot) => {
      const { machine, active } = activeOf(serverId, slot)
      flush(world, machine, active)
    },
    read: (serverId, slot, block) => contents(world, activeOf(serverId, slot).active).get(block) ?? 0,
    contents: layer => contents(world, layer),
    durableContents: layer => durableContents(world, layer),
    layerIds: () => [...world.layers.keys()],
    attached: serverId => [...running(world, serverId).attached],
    setAgent: (serverId, mode) => void world.agents.set(serverId, mode),
    isFrozen: serverId => running(world, serverId).frozen,
    crash: (serverId, reason = 'it was killed') => killMachine(world, serverId, reason),
    endHost: () => endHost(world),
    started: serverId => running(world, serverId).started,
    isPlugged: serverId => running(world, serverId).isPlugged,
    print: (serverId, text) => print(running(world, serverId), text),
    takeTyped: serverId => {
      const machine = running(world, serverId)
      const { typed } = machine
      machine.typed = ''
      return typed
    },
    stopReading: serverId => {
      running(world, serverId).isReading = false
    },
    setFacts: (serverId, facts) => void world.facts.set(serverId, facts),
    setFate: (serverId, fate) => void world.fates.set(serverId, fate),
    programs: serverId => [...running(world, serverId).programs.values()].map(({ program }) => program),
    setMemory: (totalMb, freeMb) => {
      world.memory = { totalMb, freeMb }
    },
    addBridge: name => void world.bridges.add(name),
    takePort: port => void world.takenPorts.add(port),
    pause: (serverId, reason) => setPaused(world, serverId, reason),
    setFreeBytes: bytes => {
      world.freeBytes = bytes
    },
    holdMerges: () => {
      world.pace.held = true
    },
    releaseMerges: () => {
      world.pace.held = false
      for (const go of [...world.pace.waiting]) go()
    },
    occupy: (layer, waitsFor) => {
      if (waitsFor === null) world.occupied.delete(layer)
      else world.occupied.set(layer, waitsFor)
    },
    faults,
  }
}

function checked(blocks: ReadonlyMap<number, number>, sizeBytes: number): Blocks {
  for (const block of blocks.keys()) if (block * BLOCK_BYTES >= sizeBytes) throw new Error(`block ${block} is outside`)
  return new Map(blocks)
}
