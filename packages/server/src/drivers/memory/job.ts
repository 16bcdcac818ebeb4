/** A merge under way: copies one block a tick until it is ready, gives way, or its machine ends. */
import { setImmediate as nextTick } from 'node:timers/promises'
import type { LayerId } from '../../domain/layers.ts'
import { MergeYielded, type Progress } from '../driver.ts'
import { ownBlock, stored, writeUnflushed } from './content.ts'
import type { Blocks, RunningMachine, World } from './world.ts'

export interface Job {
  readonly id: number
  readonly garbage: LayerId
  readonly child: LayerId
  readonly base: LayerId | null
  /** Who copies: the machine that has the layers open; undefined: a process of the driver's own. */
  readonly machine: RunningMachine | undefined
  /** What an offline merge has copied and not flushed. */
  readonly offlineBlocks: Blocks
  state: 'copying' | 'ready' | 'yielded'
  progress: number
  readonly watchers: Set<() => void>
}

/** Begins to copy; the copying goes on by itself, as a block job does, whoever still waits for it. */
export function launch(world: World, job: Job): void {
  void copy(world, job)
}

async function copy(world: World, job: Job): Promise<void> {
  const { service } = world
  // A process of the driver's own ends with its service; a machine goes on.
  const isOver = () => job.state !== 'copying' || (!job.machine && world.service !== service)
  const todo = new Set([
    ...stored(world, job.garbage).blocks.keys(),
    ...(job.machine?.unflushed.get(job.garbage)?.keys() ?? []),
  ])
  let done = 0
  for (const block of todo) {
    await nextTick()
    while (world.pace.held && done > 0 && !isOver()) await untilReleased(world, job)
    if (isOver()) return
    copyBlock(world, job, block)
    job.progress = ++done / todo.size
    notify(job)
  }
  await nextTick()
  if (!isOver()) settle(job, 'ready')
}

function copyBlock(world: World, job: Job, block: number): void {
  const { machine, garbage, child } = job
  // What the child has itself is newer, also what the guest has written since the merge began.
  if (ownBlock(world, machine, child, block) !== undefined) return
  const value = ownBlock(world, machine, garbage, block) as number
  if (machine) writeUnflushed(machine, child, block, value)
  else job.offlineBlocks.set(block, value)
}

function untilReleased(world: World, job: Job): Promise<void> {
  return new Promise(resolve => {
    const go = () => {
      world.pace.waiting.delete(go)
      job.watchers.delete(go)
      resolve()
    }
    world.pace.waiting.add(go)
    job.watchers.add(go)
  })
}

export function settle(job: Job, state: 'ready' | 'yielded'): void {
  job.state = state
  notify(job)
}

function notify(job: Job): void {
  for (const watcher of [...job.watchers]) watcher()
}

/** Resolves when the job is ready. Rejects with `MergeYielded`, also when the signal aborts: the job itself goes on. */
export function untilReady(job: Job, onProgress: Progress, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (act: () => void) => {
      job.watchers.delete(look)
      signal.removeEventListener('abort', aborted)
      act()
    }
    const aborted = () => done(() => reject(new MergeYielded('told to stop')))
    const look = () => {
      if (job.state === 'yielded') return done(() => reject(new MergeYielded(`merge ${job.id} gave way`)))
      onProgress(job.progress)
      if (job.state === 'ready') done(resolve)
    }
    if (signal.aborted) return aborted()
    signal.addEventListener('abort', aborted)
    job.watchers.add(look)
    look()
  })
}
