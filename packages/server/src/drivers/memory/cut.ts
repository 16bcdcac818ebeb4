/** The cut, and opening the new layers before it. */
import type { Consistency, ConsistencyReason, ConsistencyRequest } from '../../domain/consistency.ts'
import { consistencyReasons } from '../../domain/consistency.ts'
import { Failure } from '../../errors.ts'
import type { CutDisk, CutReport } from '../driver.ts'
import { freeze, thaw } from './agent.ts'
import { flush, stored } from './content.ts'
import { yieldMerges } from './merge.ts'
import type { RunningDisk, RunningMachine, World } from './world.ts'

export async function attachLayers(world: World, serverId: number, disks: readonly CutDisk[]): Promise<void> {
  const machine = world.machines.get(serverId)
  for (const { to } of disks) {
    stored(world, to.id)
    if (machine && !inChain(machine, to.id)) machine.attached.add(to.id)
  }
}

export async function detachLayers(world: World, serverId: number, disks: readonly CutDisk[]): Promise<void> {
  const machine = world.machines.get(serverId)
  for (const { to } of disks) {
    if (machine && inChain(machine, to.id))
      throw new Failure('chain_mismatch', `Layer ${to.id} is in use by its server.`)
    machine?.attached.delete(to.id)
  }
}

export async function cutDisks(
  world: World,
  serverId: number,
  disks: readonly CutDisk[],
  request: ConsistencyRequest,
): Promise<CutReport> {
  for (const { from, to } of disks) {
    if (stored(world, to.id).parentId !== from.id) throw mismatch(`Layer ${to.id} does not stand on layer ${from.id}.`)
  }
  const machine = world.machines.get(serverId)
  // The new layers' headers name the old ones since they were made, so nothing is left to do without a machine.
  if (!machine) {
    if (request === 'filesystem') throw unavailable('not_running')
    return report('crash', 'not_running', { running: false, freezeMs: null, pauseMs: null })
  }
  const switches = disks.map(cut => ({ ...cut, disk: diskOf(machine, cut.diskId) }))
  const done = switches.filter(({ disk, to }) => disk.chain.includes(to.id))
  if (done.length === disks.length) {
    return report('crash', 'service_restarted', { running: true, freezeMs: null, pauseMs: null })
  }
  for (const { disk, from } of switches) {
    if (disk.chain[0] !== from.id) throw mismatch(`Layer ${from.id} is not the active one of disk ${disk.diskId}.`)
  }
  const mode = world.agents.get(serverId) ?? 'present'
  const startedAt = performance.now()
  let reason: ConsistencyReason | null = request === 'crash' ? 'not_asked' : freeze(machine, mode)
  if (reason !== null && request === 'filesystem') throw unavailable(reason)
  for (const { disk, from, to } of switches) {
    yieldMerges(machine.jobs, job => job.child === from.id)
    flush(world, machine, from.id)
    disk.chain.unshift(to.id)
    machine.attached.delete(to.id)
  }
  const cutAt = Date.now()
  const pauseMs = performance.now() - startedAt
  const wasFrozen = reason === null
  if (wasFrozen) reason = thaw(machine, mode)
  return {
    ...report(reason === null ? 'filesystem' : 'crash', reason, {
      running: true,
      freezeMs: wasFrozen ? performance.now() - startedAt : null,
      pauseMs,
    }),
    cutAt,
  }
}

function unavailable(reason: ConsistencyReason): Failure {
  return new Failure('consistency_unavailable', `No snapshot was taken: ${consistencyReasons[reason]}.`)
}

function report(
  achieved: Consistency,
  reason: ConsistencyReason | null,
  rest: Pick<CutReport, 'running' | 'freezeMs' | 'pauseMs'>,
): CutReport {
  return { cutAt: Date.now(), achieved, reason, ...rest }
}

function diskOf(machine: RunningMachine, diskId: number): RunningDisk {
  const disk = machine.disks.find(one => one.diskId === diskId)
  if (!disk) throw mismatch(`Server ${machine.serverId} has no disk ${diskId}.`)
  return disk
}

function inChain(machine: RunningMachine, id: number): boolean {
  return machine.disks.some(disk => disk.chain.includes(id))
}

function mismatch(text: string): Failure {
  return new Failure('chain_mismatch', text)
}
