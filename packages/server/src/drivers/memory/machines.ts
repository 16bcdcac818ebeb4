/** Machines: what starts, ends and is seen of them. */
import type { LayerId } from '../../domain/layers.ts'
import { Failure } from '../../errors.ts'
import type { GuestFacts, Machine, MachineState } from '../driver.ts'
import { answers } from './agent.ts'
import { flush, headerChain, stored } from './content.ts'
import { refuseNetwork } from './host-offers.ts'
import { settle } from './job.ts'
import { type OfflineJobs, yieldMerges } from './merge.ts'
import { announce, type RunningMachine, type World } from './world.ts'

export async function startMachine(world: World, offline: OfflineJobs, machine: Machine): Promise<void> {
  if (world.machines.has(machine.serverId)) return
  const disks = machine.disks.map(disk => ({
    diskId: disk.diskId,
    slot: disk.slot,
    chain: disk.layers.map(layer => layer.id),
  }))
  for (const { chain } of disks) {
    refuseForeignChain(world, chain)
    refuseSecondWriter(world, chain[0] as LayerId)
  }
  refuseFirmware(world, machine)
  refuseNetwork(world, machine.network)
  const opened = new Set(disks.flatMap(disk => disk.chain))
  yieldMerges(offline, job => opened.has(job.child) || opened.has(job.garbage))
  for (const other of world.machines.values()) {
    yieldMerges(other.jobs, job => opened.has(job.child) || opened.has(job.garbage))
  }
  world.machines.set(machine.serverId, {
    serverId: machine.serverId,
    started: machine,
    isPlugged: machine.network.type !== 'none' && machine.network.isPlugged,
    paused: null,
    frozen: false,
    disks,
    attached: new Set(),
    unflushed: new Map(),
    jobs: new Map(),
    consoles: new Set(),
    typed: '',
    isReading: true,
    run: String(++world.lastRun),
    lastProgram: 0,
    programs: new Map(),
  })
  world.ended.delete(machine.serverId)
  world.endedWithHost.delete(machine.serverId)
  announce(world, machine.serverId)
}

/**
 * A machine opens exactly the layers it is given. More of them than the headers name is right after a merge whose
 * flush was never recorded; fewer would hide data.
 */
function refuseForeignChain(world: World, chain: readonly LayerId[]): void {
  for (const id of chain) stored(world, id)
  const top = chain[0]
  if (top === undefined) throw new Failure('chain_mismatch', 'A disk has no layers.')
  const missing = headerChain(world, top).filter(id => !chain.includes(id))
  if (missing.length > 0) throw new Failure('chain_mismatch', `Layer ${missing[0]} is left out below layer ${top}.`)
}

function refuseSecondWriter(world: World, top: LayerId): void {
  for (const other of world.machines.values()) {
    if (!other.disks.some(disk => disk.chain.includes(top))) continue
    throw new Failure('machine_failed', `Layer ${top} is open in server ${other.serverId}.`)
  }
}

function refuseFirmware(world: World, { firmware, disks }: Machine): void {
  if ((firmware === 'uefi') !== disks.some(disk => disk.role === 'nvram')) {
    throw new Error(`firmware ${firmware} does not go with these disks`)
  }
  if (firmware === 'uefi' && !world.hasFirmware) {
    throw new Failure('firmware_unavailable', 'UEFI is not installed on this host.')
  }
}

/** Ends with everything written down. */
export async function endCleanly(world: World, serverId: number, reason: string): Promise<void> {
  world.endedWithHost.delete(serverId)
  const machine = world.machines.get(serverId)
  if (!machine) return
  for (const id of [...machine.unflushed.keys()]) flush(world, machine, id)
  remove(world, machine, reason)
}

/** SIGKILL: what was not flushed is lost. */
export function killMachine(world: World, serverId: number, reason: string): void {
  const machine = world.machines.get(serverId)
  if (machine) remove(world, machine, reason)
}

/** The host lost its power: every machine is gone with what it had not flushed. */
export function endHost(world: World): void {
  for (const machine of [...world.machines.values()]) {
    remove(world, machine, 'the host was shut down or crashed')
    world.endedWithHost.add(machine.serverId)
  }
}

/** Keeps nothing of a machine that is gone. */
export async function forgetMachine(world: World, serverId: number): Promise<void> {
  if (world.machines.has(serverId)) throw new Error(`server ${serverId} runs`)
  world.ended.delete(serverId)
  world.endedWithHost.delete(serverId)
}

export async function setPlugged(world: World, serverId: number, isPlugged: boolean): Promise<void> {
  const machine = world.machines.get(serverId)
  if (machine && machine.started.network.type !== 'none') machine.isPlugged = isPlugged
}

export async function describeGuest(world: World, serverId: number): Promise<GuestFacts | null> {
  const machine = world.machines.get(serverId)
  if (!machine || machine.paused !== null || !answers(world.agents.get(serverId) ?? 'present')) return null
  return world.facts.get(serverId) ?? { ipAddresses: [], osName: null }
}

function remove(world: World, machine: RunningMachine, reason: string): void {
  world.machines.delete(machine.serverId)
  world.ended.set(machine.serverId, reason)
  for (const job of machine.jobs.values()) settle(job, 'yielded')
  machine.jobs.clear()
  for (const console of machine.consoles) console.destroy()
  announce(world, machine.serverId)
}

export function setPaused(world: World, serverId: number, reason: string | null): void {
  const machine = running(world, serverId)
  machine.paused = reason
  announce(world, serverId)
}

export function running(world: World, serverId: number): RunningMachine {
  const machine = world.machines.get(serverId)
  if (!machine) throw new Failure('server_wrong_state', `Server ${serverId} does not run.`)
  return machine
}

export function inspectMachine(world: World, serverId: number): MachineState {
  const machine = world.machines.get(serverId)
  if (!machine) {
    return { state: 'absent', reason: world.ended.get(serverId) ?? null, chains: new Map(), agentConnected: false }
  }
  return {
    state: machine.paused === null ? 'running' : 'paused',
    reason: machine.paused,
    chains: new Map(machine.disks.map(disk => [disk.diskId, [...disk.chain]])),
    agentConnected: (world.agents.get(serverId) ?? 'present') !== 'absent',
  }
}
