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
import { type MergeJob, MergeYielded } from '../driver.ts'
import type { Benches } from './bench.ts'
import { jobName } from './command-line.ts'
import type { Host } from './host.ts'
import type { LayerFiles } from './layer-files.ts'
import type { Machines } from './machines.ts'
import { isPivoted, liveSession } from './merge-copy.ts'
import { proveCopied } from './merge-proof.ts'
import type { GuestPaths } from './paths.ts'
import type { Session } from './session.ts'

export { cancelMerge, copyMerge } from './merge-copy.ts'

export interface MergeDeps {
  readonly host: Host
  readonly paths: GuestPaths
  readonly files: LayerFiles
  readonly machines: Machines
  readonly benches: Benches
  /** So that the guest's own reads and writes keep most of the disk. */
  readonly bytesPerSecond: number
}

export async function flushMerge(deps: MergeDeps, job: MergeJob): Promise<void> {
  const session = await sessionOf(deps, job)
  if (!session) throw new MergeYielded('the machine ended')
  // The bulk of it from here: in QEMU the guest's own writes would wait for it.
  await deps.host.sync(deps.paths.layer(job.child))
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

/** Where the job runs, if it still does: with the machine, or on its bench. */
async function sessionOf(deps: MergeDeps, job: MergeJob): Promise<Session | undefined> {
  return liveSession(deps, job) ?? (await deps.benches.find(job)?.catch(() => undefined))
}

async function isPivotedOnDisk(deps: MergeDeps, job: MergeJob): Promise<boolean> {
  const chain = await deps.files.readChain(job.chain)
  return chain[1] === job.base?.id
}
