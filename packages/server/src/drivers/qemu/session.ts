/**
 * One QEMU that we hold a monitor to: a server's machine, or a bench that merges. Whatever changes its block graph
 * goes through `exclusively`, one at a time.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Monitor } from '@restpoint/qmp/monitor'
import type { LayerId } from '../../domain/layers.ts'
import type { Layer } from '../driver.ts'
import { isAgentConnected } from './agent-port.ts'
import { askGraph, chainsIn, nvramDisk, openLayers } from './block-graph.ts'
import { nodeName, targetOfJob } from './command-line.ts'
import type { FoundProcess } from './process.ts'

/** From a job's cancel or finalize to its end, ms: a few milliseconds unless QEMU's disk hangs. */
const JOB_END_LIMIT_MS = 20_000

export interface BlockJob {
  readonly id: string
  readonly status: string
  readonly 'current-progress': number
  readonly 'total-progress': number
  readonly error?: string
}

export class Session {
  readonly monitor: Monitor
  readonly process: FoundProcess
  /** Every layer that this QEMU has open, in a chain or beside it. */
  #open = new Set<LayerId>()
  /** Errors of jobs that were dismissed before the one who started them looked. */
  readonly jobErrors = new Map<string, string>()
  /** Why the guest stopped or ended, as the events told. */
  lastReason: string | null = null
  /** The disk with UEFI's variables. */
  #nvram: number | undefined
  #queue: Promise<unknown> = Promise.resolve()

  private constructor(monitor: Monitor, process: FoundProcess) {
    this.monitor = monitor
    this.process = process
  }

  /** The monitor stays the caller's to close when this fails: QEMU's socket takes one client at a time. */
  static async open(monitor: Monitor, process: FoundProcess): Promise<Session> {
    const session = new Session(monitor, process)
    await session.exclusively(() => session.#askWhatIsOpen())
    return session
  }

  /** Jobs first: QEMU 7.2 crashes on some questions about its graph while a concluded stream is not dismissed. */
  async #askWhatIsOpen(): Promise<void> {
    await this.settleJobs()
    const graph = await askGraph(this.monitor)
    this.#open = openLayers(graph)
    this.#nvram = nvramDisk(graph)
  }

  get hasNvram(): boolean {
    return this.#nvram !== undefined
  }

  /** The one that UEFI's variables are written to. Within `exclusively`. */
  async nvramLayer(): Promise<LayerId | undefined> {
    return this.#nvram === undefined ? undefined : (await this.chains()).get(this.#nvram)?.[0]
  }

  hasOpen(id: LayerId): boolean {
    return this.#open.has(id)
  }

  /** Opens a layer beside the chains, as `blockNode` describes it. Within `exclusively`. */
  async openNode(id: LayerId, node: Record<string, unknown>): Promise<void> {
    if (this.hasOpen(id)) return
    await this.#changeOpen(id, true, () => this.monitor.execute('blockdev-add', node))
  }

  /** Lets go of a layer that is in no chain (any more). Within `exclusively`. */
  async closeNode(id: LayerId): Promise<void> {
    if (!this.hasOpen(id)) return
    await this.#changeOpen(id, false, () => this.monitor.execute('blockdev-del', { 'node-name': nodeName(id) }))
  }

  /**
   * An error may be a lost answer to what QEMU did all the same, now or at an earlier call ("Duplicate nodes"): what is
   * open then, only the graph tells. QEMU takes commands in order, so its answer comes after the change or never.
   */
  async #changeOpen(id: LayerId, open: boolean, change: () => Promise<unknown>): Promise<void> {
    try {
      await change()
    } catch (error) {
      await this.#askWhatIsOpen().catch(() => {
        throw error
      })
      if (this.hasOpen(id) === open) return
      throw error
    }
    if (open) this.#open.add(id)
    else this.#open.delete(id)
  }

  exclusively<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#queue.then(work)
    this.#queue = result.catch(() => {})
    return result
  }

  jobs(): Promise<BlockJob[]> {
    return this.monitor.execute<BlockJob[]>('query-jobs')
  }

  /** Dismisses what has concluded; the graph must not be looked at before. Within `exclusively`. */
  async settleJobs(): Promise<BlockJob[]> {
    const jobs = await this.jobs()
    for (const job of jobs) {
      if (job.status !== 'concluded') continue
      if (job.error !== undefined) this.jobErrors.set(job.id, job.error)
      await this.monitor.execute('job-dismiss', { id: job.id })
    }
    return jobs.filter(job => job.status !== 'concluded')
  }

  /** Stops a merge and forgets it. What it has copied stays and is right. Within `exclusively`. */
  async cancelJob(id: string): Promise<void> {
    const before = await this.settleJobs()
    if (!before.some(job => job.id === id)) return
    // On a job that waits for its finalize this rolls it back as well.
    await this.monitor.execute('job-cancel', { id })
    await this.awaitEnd(id)
  }

  /**
   * Waits until a job that was told to end has ended, and dismisses it. Within `exclusively`; throws after 20 s, so that
   * a job that hangs does not keep everybody else from this QEMU.
   */
  async awaitEnd(id: string): Promise<void> {
    for (const deadline = performance.now() + JOB_END_LIMIT_MS; ; await sleep(1)) {
      const job = (await this.settleJobs()).find(one => one.id === id)
      if (!job) return
      if (performance.now() > deadline) throw new Error(`block job ${id} does not end: it is ${job.status}`)
    }
  }

  /** Stops every merge that writes to this layer. Within `exclusively`. */
  async cancelMergesInto(layer: LayerId): Promise<void> {
    for (const job of await this.settleJobs()) if (targetOfJob(job.id) === layer) await this.cancelJob(job.id)
  }

  /** Disk → its layers from top to bottom. Within `exclusively`. */
  async chains(): Promise<Map<number, LayerId[]>> {
    await this.settleJobs()
    return chainsIn(await askGraph(this.monitor))
  }

  isAgentConnected(): Promise<boolean> {
    return isAgentConnected(this.monitor)
  }

  /** Writes out everything the node holds in caches, metadata included. */
  async flush(layer: Pick<Layer, 'id'>): Promise<void> {
    const answer = await this.monitor.execute<string>('human-monitor-command', {
      'command-line': `qemu-io ${nodeName(layer.id)} "flush"`,
    })
    if (answer.trim() !== '') throw new Error(`flush of layer ${layer.id}: ${answer.trim()}`)
  }
}
