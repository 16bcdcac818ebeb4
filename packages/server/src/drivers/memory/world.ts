/**
 * What the memory driver drives: disks that keep what was flushed, and machines that lose what was not. A world
 * outlives its drivers, as QEMU processes and files outlive the service.
 */
import type { Duplex } from 'node:stream'
import type { LayerId } from '../../domain/layers.ts'
import type { GuestFacts, GuestProgram, Machine, MachineEvent } from '../driver.ts'
import type { AgentMode } from './agent.ts'
import type { Job } from './job.ts'
import type { ProgramFate } from './programs.ts'

/** Content is kept by blocks of this many bytes, each filled with one byte's value. */
export const BLOCK_BYTES = 65_536

/** Block number → value of all its bytes. A block that is not there shows what lies under it. */
export type Blocks = Map<number, number>

export interface StoredLayer {
  readonly id: LayerId
  readonly sizeBytes: number
  readonly isImage: boolean
  /** What the header says it stands on. */
  parentId: LayerId | null
  readonly blocks: Blocks
}

/** A file of the host that is none of the driver's. */
export interface HostFile {
  readonly format: 'qcow2' | 'raw'
  /** Of the disk in it. */
  readonly sizeBytes: number
  readonly blocks: Blocks
  /** Why it cannot be an image; null: it can. */
  readonly problem: string | null
}

export interface RunningDisk {
  readonly diskId: number
  readonly slot: number
  /** From the active layer down to the bottom. */
  readonly chain: LayerId[]
}

export interface RunningMachine {
  readonly serverId: number
  /** What it was started with. */
  readonly started: Machine
  isPlugged: boolean
  paused: string | null
  frozen: boolean
  readonly disks: readonly RunningDisk[]
  /** Opened beside the chains: overlays for a cut that has not happened. */
  readonly attached: Set<LayerId>
  /** Written, but lost when the machine is killed: as QEMU's metadata caches. */
  readonly unflushed: Map<LayerId, Blocks>
  readonly jobs: Map<number, Job>
  /** Whoever is connected to the console, first come first; the first has it. */
  readonly consoles: Set<Duplex>
  /** On its console, and not looked at yet. */
  typed: string
  /** Whether its guest takes what is typed. */
  isReading: boolean
  /** Which of all runs of machines this is. */
  readonly run: string
  lastProgram: number
  /** Started in its guest, by their numbers there; one whose end was told is gone. */
  readonly programs: Map<number, { readonly program: GuestProgram; isKilled: boolean }>
}

export interface World {
  readonly layers: Map<LayerId, StoredLayer>
  readonly machines: Map<number, RunningMachine>
  /** Why a machine that is gone has gone. */
  readonly ended: Map<number, string>
  readonly agents: Map<number, AgentMode>
  /** What the agents tell. */
  readonly facts: Map<number, GuestFacts>
  /** What programs come to, by server. */
  readonly fates: Map<number, ProgramFate>
  lastRun: number
  /** Machines that ran until the host went down, and have not been started, ended or forgotten since. */
  readonly endedWithHost: Set<number>
  memory: { readonly totalMb: number; readonly freeMb: number }
  readonly bridges: Set<string>
  /** Ports of the host that something else than a machine has taken. */
  readonly takenPorts: Set<number>
  lastPort: number
  /** Layers that something outside has open, and what: no merge may touch them. */
  readonly occupied: Map<LayerId, string>
  /** Chains that are being copied: merges must not write to them. */
  readonly readers: Set<ReadonlySet<LayerId>>
  /** By path. */
  readonly files: Map<string, HostFile>
  /** Counts the services that came and went: what one had begun ends with it. */
  service: number
  hasFirmware: boolean
  readonly listeners: Set<(event: MachineEvent) => void>
  readonly pace: MergePace
  freeBytes: number
}

/** Merges go one block a tick; while `held`, they stop after their first block. */
export interface MergePace {
  held: boolean
  readonly waiting: Set<() => void>
}

export function createWorld(): World {
  return {
    layers: new Map(),
    machines: new Map(),
    ended: new Map(),
    agents: new Map(),
    facts: new Map(),
    fates: new Map(),
    lastRun: 0,
    endedWithHost: new Set(),
    memory: { totalMb: 65_536, freeMb: 65_536 },
    bridges: new Set(),
    takenPorts: new Set(),
    lastPort: 20_000,
    occupied: new Map(),
    readers: new Set(),
    files: new Map(),
    service: 1,
    hasFirmware: true,
    listeners: new Set(),
    pace: { held: false, waiting: new Set() },
    freeBytes: 1024 ** 4,
  }
}

/** Another one like it. Who listens to this one or has a console, and merges that are under way, stay behind. */
export function copyWorld({ listeners: _, pace: __, machines, ...rest }: World): World {
  const atRest = new Map(
    [...machines].map(([id, machine]) => [id, { ...machine, jobs: new Map(), consoles: new Set<Duplex>() }]),
  )
  const copied = structuredClone({ ...rest, machines: atRest })
  return { ...copied, listeners: new Set(), pace: { held: false, waiting: new Set() } }
}

export function announce(world: World, serverId: number): void {
  for (const listener of [...world.listeners]) listener({ serverId, kind: 'changed' })
}
