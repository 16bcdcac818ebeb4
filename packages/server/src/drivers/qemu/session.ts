/**
 * One QEMU that we hold a monitor to: a server's machine, or a bench that merges. Whatever changes its block graph
 * goes through `exclusively`, one at a time.
 */
import type { Monitor } from '@restpoint/qmp/monitor'
import type { LayerId } from '../../domain/layers.ts'
import type { Layer } from '../driver.ts'
import { layerOfNode, nodeName, targetOfJob } from './command-line.ts'
import type { FoundProcess } from './process.ts'

export interface BlockJob {
  readonly id: string
  readonly status: string
  readonly 'current-progress': number
  readonly 'total-progress': number
  readonly error?: string
}

/** `block-backend`s are what disks plug into; `block-driver`s are nodes, filters and protocol nodes among them. */
interface BlockGraph {
  readonly nodes: readonly { readonly id: number; readonly type: string; readonly name: string }[]
  readonly edges: readonly { readonly parent: number; readonly child: number; readonly name: string }[]
}

export class Session {
  readonly monitor: Monitor
  readonly process: FoundProcess
  /** Every layer that this QEMU has open, in a chain or beside it. */
  readonly #open = new Set<LayerId>()
  /** Errors of jobs that were dismissed before the one who started them looked. */
  readonly jobErrors = new Map<string, string>()
  /** Why the guest stopped or ended, as the events told. */
  lastReason: string | null = null
  #queue: Promise<unknown> = Promise.resolve()

  private constructor(monitor: Monitor, process: FoundProcess) {
    this.monitor = monitor
    this.process = process
  }

  /**
   * Jobs first: QEMU 7.2 crashes on some questions about its graph while a concluded stream is not dismissed.
   */
  static async open(monitor: Monitor, process: FoundProcess): Promise<Session> {
    const session = new Session(monitor, process)
    await session.exclusively(async () => {
      await session.settleJobs()
      for (const { name } of (await session.#graph()).nodes) {
        const id = layerOfNode(name)
        if (id !== undefined) session.#open.add(id)
      }
    })
    return session
  }

  hasOpen(id: LayerId): boolean {
    return this.#open.has(id)
  }

  opened(id: LayerId): void {
    this.#open.add(id)
  }

  /** Lets go of a layer that is in no chain (any more). Within `exclusively`. */
  async closeNode(id: LayerId): Promise<void> {
    if (!this.hasOpen(id)) return
    await this.monitor.execute('blockdev-del', { 'node-name': nodeName(id) })
    this.#open.delete(id)
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
    for (;;) {
      const jobs = await this.settleJobs()
      if (!jobs.some(job => job.id === id)) return
      await new Promise(resolve => setTimeout(resolve, 1))
    }
  }

  /** Stops every merge that writes to this layer. Within `exclusively`. */
  async cancelMergesInto(layer: LayerId): Promise<void> {
    for (const job of await this.settleJobs()) if (targetOfJob(job.id) === layer) await this.cancelJob(job.id)
  }

  /** Device id → layers from top to bottom. Within `exclusively`. */
  async chains(): Promise<Map<string, LayerId[]>> {
    await this.settleJobs()
    const { nodes, edges } = await this.#graph()
    const names = new Map(nodes.map(node => [node.id, node.name]))
    const below = (parent: number, edge: string) =>
      edges.find(({ parent: from, name }) => from === parent && name === edge)?.child
    const chains = new Map<string, LayerId[]>()
    for (const { id: backend, type, name } of nodes) {
      const device = /\/peripheral\/([^/]+)/.exec(name)?.[1]
      if (type !== 'block-backend' || device === undefined) continue
      const chain: LayerId[] = []
      for (let at = below(backend, 'root'); at !== undefined; ) {
        const layer = layerOfNode(names.get(at) ?? '')
        if (layer !== undefined) chain.push(layer)
        // What is no layer is a job's filter on top of one.
        at = below(at, layer === undefined ? 'file' : 'backing')
      }
      chains.set(device, chain)
    }
    return chains
  }

  /**
   * The whole graph, by node names. The file names that `query-block` tells are no help: where a chain is given node by
   * node QEMU makes up `json:` names that hold all that lies below, and cuts them at 4096 bytes, some 30 layers.
   */
  #graph(): Promise<BlockGraph> {
    return this.monitor.execute<BlockGraph>('x-debug-query-block-graph')
  }

  /** Whether a program in the guest has the agent's port open. QEMU alone knows; the port itself only stays silent. */
  async isAgentConnected(): Promise<boolean> {
    const devices = await this.monitor.execute<{ label: string; 'frontend-open': boolean }[]>('query-chardev')
    return devices.some(device => device.label === 'agent' && device['frontend-open'])
  }

  /** Writes out everything the node holds in caches, metadata included. */
  async flush(layer: Pick<Layer, 'id'>): Promise<void> {
    const answer = await this.monitor.execute<string>('human-monitor-command', {
      'command-line': `qemu-io ${nodeName(layer.id)} "flush"`,
    })
    if (answer.trim() !== '') throw new Error(`flush of layer ${layer.id}: ${answer.trim()}`)
  }
}
