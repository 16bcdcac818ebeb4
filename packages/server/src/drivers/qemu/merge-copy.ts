/**
 * The first half of a merge: the garbage layer's bytes are copied into the child, in the machine that has the child open
 * or on a bench, up to the point where only flush and pivot remain. It gives way to whoever needs its layers.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Layer, LayerBusy, type MergeJob, MergeYielded, type Progress } from '../driver.ts'
import { jobName, nodeName, targetOfJob } from './command-line.ts'
import type { MergeDeps } from './merge.ts'
import { backingName } from './paths.ts'
import type { BlockJob, Session } from './session.ts'

/** How much may wait to be written out: as much as is copied in this time. */
const WRITE_BACK_MS = 1_000

export async function copyMerge(
  deps: MergeDeps,
  job: MergeJob,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> {
  deps.benches.checkReserved(job)
  const live = liveSession(deps, job)
  if (live) await deps.benches.close(job)
  const session = live ?? (await openBench(deps, job))
  const begun = await session
    .exclusively(() => begin(deps, job, session, live !== undefined))
    .catch(error => {
      throw session.monitor.closed ? new MergeYielded('the machine ended') : error
    })
  if (begun) await awaitPending(deps, session, job, onProgress, signal)
}

/** Whoever came meanwhile has ended the bench, or keeps it from opening. */
async function openBench(deps: MergeDeps, job: MergeJob): Promise<Session> {
  try {
    return await deps.benches.open(job, () => refuseWriters(deps, job))
  } catch (error) {
    deps.benches.checkReserved(job)
    if (liveSession(deps, job)) throw new MergeYielded('a machine has opened its layers')
    throw error
  }
}

/**
 * What one QEMU writes to no other can have open, in either order: merges of chains that share layers take turns. The
 * bench is known before this looks, and a merge in a machine looks for benches right before it begins.
 */
async function refuseWriters(deps: MergeDeps, job: MergeJob): Promise<void> {
  if (liveSession(deps, job)) throw new MergeYielded('a machine has opened its layers')
  const chain = new Set(job.chain.map(layer => layer.id))
  for (const [serverId, session] of deps.machines.sessions()) {
    if (![...chain].some(id => session.hasOpen(id))) continue
    const jobs = await session.jobs().catch(() => []) // on its way out
    if (jobs.some(({ id }) => chain.has(targetOfJob(id) ?? -1))) {
      throw new LayerBusy(`a merge in server ${serverId} writes to a layer below`)
    }
  }
}

/** False: it has been copied and pivoted already. Within `exclusively`. */
async function begin(deps: MergeDeps, job: MergeJob, session: Session, isLive: boolean): Promise<boolean> {
  const name = jobName(job.id, job.child.id)
  const jobs = await session.settleJobs()
  if (jobs.some(({ id }) => id === name)) return true
  // Of a merge that was given up: nobody else would ever end it.
  for (const { id } of jobs) if (targetOfJob(id) === job.child.id) await session.cancelJob(id)
  if (isLive && (await isPivoted(session, job))) return false
  // QEMU refuses a stream whose base another one writes to. One that is not running any more was given up.
  if (jobs.some(({ id, status }) => targetOfJob(id) !== job.child.id && status === 'running')) {
    throw new LayerBusy('another merge of the same server')
  }
  // Since it was looked at first somebody may have come, who has made way in this QEMU already or is there by now.
  deps.benches.checkReserved(job)
  if (isLive) {
    liveSession(deps, job)
    if (deps.benches.hasOpen(job.child.id)) throw new LayerBusy('another merge of the same layers')
  }
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
}

async function awaitPending(
  deps: MergeDeps,
  session: Session,
  job: MergeJob,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const name = jobName(job.id, job.child.id)
  const writeBack = makeWriteBack(deps, job)
  for (let pause = 2; ; pause = Math.min(200, pause * 2)) {
    if (signal.aborted) {
      await cancelMerge(deps, job)
      throw new MergeYielded('told to stop')
    }
    const state = (await jobsOf(session)).find(({ id }) => id === name)
    if (state?.status === 'pending') return
    if (!state || state.status === 'concluded') return await explainEnd(session, name)
    if (state['total-progress'] > 0) onProgress(state['current-progress'] / state['total-progress'])
    writeBack()
    await sleep(pause)
  }
}

/**
 * Has what was copied written out as it goes. A cut of the child, the end of a bench and our own flush write out all
 * that its file has in the host's memory, and somebody waits for it. Proves nothing, so a failure is nobody's business.
 */
function makeWriteBack({ host, paths }: MergeDeps, job: MergeJob): () => void {
  let isAt = false
  let last = performance.now()
  return () => {
    if (isAt || performance.now() - last < WRITE_BACK_MS) return
    isAt = true
    void host
      .sync(paths.layer(job.child))
      .catch(() => {})
      .finally(() => {
        isAt = false
        last = performance.now()
      })
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

export async function cancelMerge(
  deps: MergeDeps,
  job: Pick<MergeJob, 'id'> & { readonly child: Pick<Layer, 'id'> },
): Promise<void> {
  const name = jobName(job.id, job.child.id)
  for (const session of deps.machines.sessions().values()) {
    if (!session.hasOpen(job.child.id)) continue
    await session
      .exclusively(() => session.cancelJob(name))
      .catch(() => {
        if (!session.monitor.closed) throw new Error(`merge ${job.id} could not be cancelled`)
      })
  }
  await deps.benches.cancel(job)
}

/** The one machine that has the child open; undefined when none has. */
export function liveSession(deps: MergeDeps, job: MergeJob): Session | undefined {
  const holders = [...deps.machines.sessions()].filter(([, session]) => session.hasOpen(job.child.id))
  if (holders.length > 1) throw new LayerBusy(`shared by servers ${holders.map(([id]) => id).join(' and ')}`)
  return holders[0]?.[1]
}

/** In the machine's own block graph, does the child stand on the base? Within `exclusively`. */
export async function isPivoted(session: Session, job: MergeJob): Promise<boolean> {
  for (const chain of (await session.chains()).values()) {
    const at = chain.indexOf(job.child.id)
    if (at >= 0) return chain[at + 1] === job.base?.id
  }
  return false
}
