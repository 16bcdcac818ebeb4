/**
 * Merges: the garbage layer's blocks go into the child, which stands on the base afterwards.
 *
 * As QEMU 7.2 does it, a pivot changes the child's header at once, while copied blocks that were not flushed are lost
 * when the machine is killed. So whoever pivots without a flush loses data here too.
 */
import type { LayerId } from '../../domain/layers.ts'
import { Failure } from '../../errors.ts'
import { LayerBusy, type MergeJob, MergeYielded, type Progress } from '../driver.ts'
import { flush, machinesWith, stored } from './content.ts'
import { type Job, launch, settle, untilReady } from './job.ts'
import type { RunningMachine, World } from './world.ts'

/** Merges without a machine: they end with the driver that runs them. */
export type OfflineJobs = Map<number, Job>

export async function copyMerge(
  world: World,
  offline: OfflineJobs,
  wanted: MergeJob,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const found = findJob(world, offline, wanted.id)
  const job = found ?? begin(world, offline, wanted)
  if (!job) return
  try {
    await untilReady(job, onProgress, signal)
  } catch (error) {
    if (signal.aborted) drop(job, offline)
    throw error
  }
}

/** Undefined: it is copied and pivoted already, and only the flush can be missing. */
function begin(world: World, offline: OfflineJobs, wanted: MergeJob): Job | undefined {
  refuseShared(world, offline, wanted)
  const [machine] = machinesWith(world, wanted.child.id)
  if (machine && isPivoted(machine, wanted)) return undefined
  if (!machine) {
    // A header that names the base already is no proof that the blocks are there: point it back and copy again.
    const child = stored(world, wanted.child.id)
    if (child.parentId === baseOf(wanted)) child.parentId = wanted.garbage.id
    if (child.parentId !== wanted.garbage.id) throw mismatch(wanted)
  } else if (!standsInChain(machine, wanted)) throw mismatch(wanted)
  const job: Job = {
    id: wanted.id,
    garbage: wanted.garbage.id,
    child: wanted.child.id,
    base: baseOf(wanted),
    machine,
    offlineBlocks: new Map(),
    state: 'copying',
    progress: 0,
    watchers: new Set(),
  }
  const jobs = machine?.jobs ?? offline
  jobs.set(job.id, job)
  launch(world, job)
  return job
}

export async function flushMerge(world: World, offline: OfflineJobs, wanted: MergeJob): Promise<void> {
  const job = findJob(world, offline, wanted.id)
  const [machine] = machinesWith(world, wanted.child.id)
  if (job?.state === 'copying') throw new Error(`merge ${wanted.id} is flushed before it is copied`)
  if (!job && !(machine && isPivoted(machine, wanted))) throw new MergeYielded(`merge ${wanted.id} is gone`)
  if (machine) flush(world, machine, wanted.child.id)
  else if (job) {
    for (const [block, value] of job.offlineBlocks) stored(world, job.child).blocks.set(block, value)
    job.offlineBlocks.clear()
  }
}

export async function pivotMerge(world: World, offline: OfflineJobs, wanted: MergeJob): Promise<boolean> {
  const job = findJob(world, offline, wanted.id)
  const [machine] = machinesWith(world, wanted.child.id)
  if (!job) {
    return machine ? isPivoted(machine, wanted) : stored(world, wanted.child.id).parentId === baseOf(wanted)
  }
  if (job.state === 'copying') throw new Error(`merge ${wanted.id} is pivoted before it is copied`)
  stored(world, job.child).parentId = job.base
  const chain = job.machine?.disks.find(disk => disk.chain.includes(job.child))?.chain
  chain?.splice(chain.indexOf(job.garbage), 1)
  drop(job, offline)
  return true
}

export async function cancelMerge(world: World, offline: OfflineJobs, wanted: Pick<MergeJob, 'id'>): Promise<void> {
  const job = findJob(world, offline, wanted.id)
  if (job) drop(job, offline)
}

/** Merges that are in somebody's way stop at once; what they copied stays where it is and changes no content. */
export function yieldMerges(jobs: Map<number, Job>, touches: (job: Job) => boolean): void {
  for (const job of [...jobs.values()]) if (touches(job)) drop(job, jobs)
}

function drop(job: Job, offline: OfflineJobs): void {
  settle(job, 'yielded')
  job.machine?.jobs.delete(job.id)
  offline.delete(job.id)
}

function findJob(world: World, offline: OfflineJobs, id: number): Job | undefined {
  for (const machine of world.machines.values()) {
    const job = machine.jobs.get(id)
    if (job) return job
  }
  return offline.get(id)
}

function refuseShared(world: World, offline: OfflineJobs, wanted: MergeJob): void {
  const touched = [wanted.garbage.id, wanted.child.id]
  for (const id of touched) {
    const reader = world.occupied.get(id)
    if (reader) throw new LayerBusy(reader)
  }
  if ([...world.readers].some(layers => layers.has(wanted.child.id))) {
    throw new LayerBusy('a whole copy of it is being made')
  }
  const users = new Set(touched.flatMap(id => machinesWith(world, id)))
  if (users.size > 1) {
    throw new LayerBusy(`shared by servers ${[...users].map(machine => machine.serverId).join(' and ')}`)
  }
  const jobs = [...offline.values(), ...[...world.machines.values()].flatMap(machine => [...machine.jobs.values()])]
  const other = jobs.find(job => touched.includes(job.child) || touched.includes(job.garbage))
  if (other) throw new LayerBusy(`merge ${other.id} is at work on the same layers`)
}

function baseOf(wanted: MergeJob): LayerId | null {
  return wanted.base?.id ?? null
}

function chainBelowChild(machine: RunningMachine, wanted: MergeJob): LayerId[] {
  const chain = machine.disks.find(disk => disk.chain.includes(wanted.child.id))?.chain ?? []
  return chain.slice(chain.indexOf(wanted.child.id) + 1)
}

function isPivoted(machine: RunningMachine, wanted: MergeJob): boolean {
  return (chainBelowChild(machine, wanted)[0] ?? null) === baseOf(wanted)
}

function standsInChain(machine: RunningMachine, wanted: MergeJob): boolean {
  const [garbage, base] = chainBelowChild(machine, wanted)
  return garbage === wanted.garbage.id && (base ?? null) === baseOf(wanted)
}

function mismatch(wanted: MergeJob): Failure {
  return new Failure('chain_mismatch', `Layer ${wanted.child.id} does not stand on layer ${wanted.garbage.id}.`)
}
