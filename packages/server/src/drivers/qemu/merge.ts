/**
 * Merging a garbage layer into the one layer that stands on it, by a QEMU stream job: in the machine that has the
 * child open, or on a bench when none has.
 *
 * The order is vital. QEMU 7.2 loses data if it is killed after a finished stream: the child's header already skips
 * the garbage layer while the tables that map the copied clusters were only in QEMU's cache. So the job never
 * finalizes by itself: copy → `pending` → flush (here, `flushMerge`; the caller records it) → finalize (`pivotMerge`)
 * → the caller records the new parent → only then is the garbage layer discarded, which still holds the data.
 *
 * Which side of the pivot an interrupted merge is on is asked of the truth: a running machine's block graph, or, when
 * nobody has the child open, its header, which counts because the flush had been recorded before it could change.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { LayerBusy, type MergeJob, MergeYielded, type Progress } from '../driver.ts'
import type { Benches } from './bench.ts'
import { jobName, nodeName, targetOfJob } from './command-line.ts'
import type { Host } from './host.ts'
import type { LayerFiles } from './layer-files.ts'
import type { Machines } from './machines.ts'
import { proveCopied } from './merge-proof.ts'
import { backingName, type GuestPaths } from './paths.ts'
import type { BlockJob, Session } from './session.ts'

export interface MergeDeps {
  readonly host: Host
  readonly paths: GuestPaths
  readonly files: LayerFiles
  readonly machines: Machines
  readonly benches: Benches
  /** So that the guest's own reads and writes keep most of the disk. */
  readonly bytesPerSecond: number
}

/** The one machine that has the child open; undefined when none has. */
function liveSession(deps: MergeDeps, job: MergeJob): Session | undefined {
  const holders = [...deps.machines.sessions()].filter(([, session]) => session.hasOpen(job.child.id))
  if (holders.length > 1) throw new LayerBusy(`shared by servers ${holders.map(([id]) => id).join(' and ')}`)
  return holders[0]?.[1]
}

export async function copyMerge(
  deps: MergeDeps,
  job: MergeJob,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> {
  deps.benches.checkReserved(job)
  const live = liveSession(deps, job)
  if (live) await deps.benches.close(job)
  await awaitTurn(deps, job, live)
  const session = live ?? (await deps.benches.open(job))
  const name = jobName(job.id, job.child.id)
  const begun = await session.exclusively(async () => {
    const jobs = await session.settleJobs()
    if (jobs.some(({ id }) => id === name)) return true
    // Of a merge that was given up: nobody else would ever end it.
    for (const { id } of jobs) if (targetOfJob(id) === job.child.id) await session.cancelJob(id)
    if (live && (await isPivoted(session, job))) return false
    // QEMU refuses a stream whose base another one writes to. One that is not running any more was given up.
    if (jobs.some(({ id, status }) => targetOfJob(id) !== job.child.id && status === 'running')) {
      throw new LayerBusy('another merge of the same server')
    }
    // Since it was looked at first, somebody may have come who has made way in this QEMU already.
    deps.benches.checkReserved(job)
    session.jobErrors.delete(name)
    await session.monitor.execute('block-stream', {
      'job-id': name,
      device: nodeName(job.child.id),
      ...(job.base ? { 'base-node': nodeName(job.base.id), 'backing-file': backingName(job.base) } : {}),
      speed: deps.bytesPerSecond,
      'auto-finalize': false,
      'auto-dismiss': false,
    })
    return true
  })
  if (begun) await awaitPending(deps, session, job, onProgress, signal)
}

/** What one QEMU writes to no other can have open, in either order: merges of chains that share layers take turns. */
async function awaitTurn(deps: MergeDeps, job: MergeJob, live: Session | undefined): Promise<void> {
  if (live && deps.benches.hasOpen(job.child.id)) throw new LayerBusy('another merge of the same layers')
  if (live) return
  const chain = new Set(job.chain.map(layer => layer.id))
  for (const [serverId, session] of deps.machines.sessions()) {
    if (![...chain].some(id => session.hasOpen(id))) continue
    const jobs = await session.jobs().catch(() => []) // on its way out
    if (jobs.some(({ id }) => chain.has(targetOfJob(id) ?? -1))) {
      throw new LayerBusy(`a merge in server ${serverId} writes to a layer below`)
    }
  }
}

async function awaitPending(
  deps: MergeDeps,
  session: Session,
  job: MergeJob,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const name = jobName(job.id, job.child.id)
  for (let pause = 2; ; pause = Math.min(200, pause * 2)) {
    if (signal.aborted) {
      await cancelMerge(deps, job)
      throw new MergeYielded('told to stop')
    }
    const state = (await jobsOf(session)).find(({ id }) => id === name)
    if (state?.status === 'pending') return
    if (!state || state.status === 'concluded') return await explainEnd(session, name)
    if (state['total-progress'] > 0) onProgress(state['current-progress'] / state['total-progress'])
    await sleep(pause)
  }
}

/** The jobs of a machine that may have ended under us: then the merge has simply given way. */
function jobsOf(session: Session): Promise<BlockJob[]> {
  return session.jobs().catch(() => {
    throw new MergeYielded('the machine ended')
  })
}

/** A job that is over before it was pending was cancelled for somebody's sake, or it failed. */
async function explainEnd(session: Session, name: string): Promise<never> {
  await session.exclusively(() => session.settleJobs()).catch(() => {})
  const error = session.jobErrors.get(name)
  if (error === undefined || error === 'Operation canceled') throw new MergeYielded('cancelled')
  throw new Error(`block-stream: ${error}`)
}

export async function flushMerge(deps: MergeDeps, job: MergeJob): Promise<void> {
  const session = await sessionOf(deps, job)
  if (!session) throw new MergeYielded('the machine ended')
  const flushed = await session
    .exclusively(() => flushIfCopied(session, job))
    .catch(error => {
      throw session.monitor.closed ? new MergeYielded('the machine ended') : error
    })
  // Another machine than the one that copied: started again meanwhile.
  if (!flushed) throw new MergeYielded('the copy was lost')
  await proveCopied(deps.host, deps.paths, job.garbage, job.child)
}

async function flushIfCopied(session: Session, job: MergeJob): Promise<boolean> {
  const jobs = await session.settleJobs()
  const isCopied = jobs.some(({ id, status }) => id === jobName(job.id, job.child.id) && status === 'pending')
  if (!isCopied && !(await isPivoted(session, job))) return false
  await session.flush(job.child)
  return true
}

export async function pivotMerge(deps: MergeDeps, job: MergeJob): Promise<boolean> {
  const session = await sessionOf(deps, job)
  if (!session) return isPivotedOnDisk(deps, job)
  const isLive = session === liveSession(deps, job)
  const done = await session
    .exclusively(() => finalize(session, job, isLive))
    .catch(error => {
      throw session.monitor.closed ? new MergeYielded('the machine ended') : error
    })
  if (!isLive) await deps.benches.close(job)
  if (!done) return isLive ? false : isPivotedOnDisk(deps, job)
  await deps.host.sync(deps.paths.layer(job.child))
  return true
}

async function finalize(session: Session, job: MergeJob, isLive: boolean): Promise<boolean> {
  const name = jobName(job.id, job.child.id)
  const before = (await session.jobs()).find(({ id }) => id === name)
  // Still copying: an earlier copy was lost and a new one has begun.
  if (before && before.status !== 'pending' && before.status !== 'concluded') return false
  if (before?.status === 'pending') {
    await session.monitor.execute('job-finalize', { id: name })
    await session.awaitEnd(name)
  }
  await session.settleJobs()
  const error = session.jobErrors.get(name)
  if (error !== undefined) return false
  if (isLive && !(await isPivoted(session, job))) return false
  if (!isLive && !before) return false
  await session.flush(job.child)
  return true
}

export async function cancelMerge(deps: MergeDeps, job: MergeJob): Promise<void> {
  const live = liveSession(deps, job)
  await live
    ?.exclusively(() => live.cancelJob(jobName(job.id, job.child.id)))
    .catch(() => {
      if (!live.monitor.closed) throw new Error(`merge ${job.id} could not be cancelled`)
    })
  await deps.benches.cancel(job)
}

/** Where the job runs, if it still does: with the machine, or on its bench. */
async function sessionOf(deps: MergeDeps, job: MergeJob): Promise<Session | undefined> {
  return liveSession(deps, job) ?? (await deps.benches.find(job)?.catch(() => undefined))
}

/** In the machine's own block graph, does the child stand on the base? Within `exclusively`. */
async function isPivoted(session: Session, job: MergeJob): Promise<boolean> {
  for (const chain of (await session.chains()).values()) {
    const at = chain.indexOf(job.child.id)
    if (at >= 0) return chain[at + 1] === job.base?.id
  }
  return false
}

async function isPivotedOnDisk(deps: MergeDeps, job: MergeJob): Promise<boolean> {
  const chain = await deps.files.readChain(job.chain)
  return chain[1] === job.base?.id
}
