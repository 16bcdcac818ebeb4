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

interface ImageInfo {
  readonly filename: string
  readonly 'backing-image'?: ImageInfo
}

interface BlockDevice {
  readonly qdev?: string
  readonly inserted?: { readonly image: ImageInfo }
}

export class Session {
  readonly monitor: Monitor
  readonly process: FoundProcess
  /** File → layer, for every layer that this QEMU has open, in a chain or beside it. */
  readonly #open = new Map<string, LayerId>()
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
   * Jobs first: QEMU 7.2 crashes on `query-named-block-nodes` while a concluded stream is not dismissed.
   */
  static async open(monitor: Monitor, process: FoundProcess): Promise<Session> {
    const session = new Session(monitor, process)
    await session.exclusively(async () => {
      await session.settleJobs()
      const nodes = await monitor.execute<{ 'node-name': string; file: string }[]>('query-named-block-nodes', {
        flat: true,
      })
      for (const node of nodes) {
        const id = layerOfNode(node['node-name'])
        if (id !== undefined) session.#open.set(innermostFile(node.file), id)
      }
    })
    return session
  }

  hasOpen(id: LayerId): boolean {
    return [...this.#open.values()].includes(id)
  }

  opened(id: LayerId, file: string): void {
    this.#open.set(file, id)
  }

  /** Lets go of a layer that is in no chain (any more). Within `exclusively`. */
  async closeNode(id: LayerId): Promise<void> {
    if (!this.hasOpen(id)) return
    await this.monitor.execute('blockdev-del', { 'node-name': nodeName(id) })
    for (const [file, open] of this.#open) if (open === id) this.#open.delete(file)
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
    const devices = await this.monitor.execute<BlockDevice[]>('query-block')
    const chains = new Map<string, LayerId[]>()
    for (const device of devices) {
      const id = /\/peripheral\/([^/]+)/.exec(device.qdev ?? '')?.[1]
      if (id === undefined || !device.inserted) continue
      const chain: LayerId[] = []
      for (let image: ImageInfo | undefined = device.inserted.image; image; image = image['backing-image']) {
        chain.push(this.#layerOf(image.filename))
      }
      chains.set(id, chain)
    }
    return chains
  }

  #layerOf(filename: string): LayerId {
    const id = this.#open.get(innermostFile(filename))
    if (id === undefined) throw new Error(`QEMU has a file open that is not a layer: ${filename}`)
    return id
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

/** Where a chain differs from what its headers say, QEMU makes up a `json:` name; the file's own name is in it. */
function innermostFile(filename: string): string {
  if (!filename.startsWith('json:')) return filename
  return (JSON.parse(filename.slice(5)) as { file: { filename: string } }).file.filename
}
