/**
 * A bench: QEMU without a guest, which opens the layers that no machine has open and merges them with the very same
 * jobs that a running machine would. It holds QEMU's own locks, so a machine cannot start on these layers before the
 * bench is gone; `without` sees to that within a few milliseconds.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LayerId } from '../../domain/layers.ts'
import { LayerBusy, type MergeJob, MergeYielded } from '../driver.ts'
import { benchArguments, benchName } from './command-line.ts'
import type { Host } from './host.ts'
import type { GuestPaths } from './paths.ts'
import { findProcess, killProcess, killStarted, rememberProcess, waitUntilGone } from './process.ts'
import { Session } from './session.ts'

const START_LIMIT_MS = 60_000
/** How long a bench that is in somebody's way may take to end cleanly. */
const GIVE_WAY_MS = 2_000

interface Bench {
  /** The layer that it writes to. */
  readonly child: LayerId
  readonly layers: ReadonlySet<LayerId>
  readonly session: Promise<Session>
}

/** Somebody else needs layers now. */
interface Reservation {
  readonly layers: readonly LayerId[]
  /** What a merge that would write to one of them waits for. */
  readonly busy: () => LayerBusy
}

export class Benches {
  readonly #host: Host
  readonly #paths: GuestPaths
  readonly #benches = new Map<number, Bench>()
  readonly #reserved = new Set<Reservation>()

  constructor(host: Host, paths: GuestPaths) {
    this.#host = host
    this.#paths = paths
  }

  /** The bench of this job; opened if it is not there, once `mayOpen` has looked and not thrown. */
  open(job: MergeJob, mayOpen: () => Promise<void>): Promise<Session> {
    const known = this.#benches.get(job.id)
    if (known) return known.session
    const layers = new Set(job.chain.map(layer => layer.id))
    const reserved = this.#reservationOf(job.child.id)
    if (reserved) return Promise.reject(reserved.busy())
    // QEMU refuses a second opener of what a merge writes to.
    const isInTheWay = ({ child, layers }: Bench) =>
      layers.has(job.child.id) || job.chain.some(layer => layer.id === child)
    if ([...this.#benches.values()].some(isInTheWay)) {
      return Promise.reject(new LayerBusy('another merge of the same layers'))
    }
    const start = async () => {
      await mayOpen()
      if (this.#benches.get(job.id) !== bench) throw new MergeYielded('somebody else needs its layers')
      const session = await this.#start(job)
      session.monitor.onClose(() => this.#forget(job.id, bench))
      return session
    }
    const bench: Bench = { child: job.child.id, layers, session: Promise.resolve().then(start) }
    this.#benches.set(job.id, bench)
    bench.session.catch(() => this.#forget(job.id, bench))
    return bench.session
  }

  #forget(id: number, bench: Bench): void {
    if (this.#benches.get(id) === bench) this.#benches.delete(id)
  }

  hasOpen(layer: LayerId): boolean {
    return [...this.#benches.values()].some(({ layers }) => layers.has(layer))
  }

  find(job: Pick<MergeJob, 'id'>): Promise<Session> | undefined {
    return this.#benches.get(job.id)?.session
  }

  async #start(job: MergeJob): Promise<Session> {
    try {
      return await this.#launch(job)
    } catch (error) {
      // It would hold the locks of its layers, and its one monitor, for ever.
      await this.#end(job.id).catch(() => {})
      throw error
    }
  }

  async #launch(job: MergeJob): Promise<Session> {
    const own = this.#paths.bench(job.id)
    const name = benchName(job.id)
    await this.#host.makeFolder(own.folder)
    const args = benchArguments(this.#paths, job.id, job.chain, job.child)
    const pid = await this.#host.launch('qemu-system-x86_64', args, own.log)
    try {
      await rememberProcess(this.#host, own, name, pid)
      return await this.#connect(job)
    } catch (error) {
      // Its folder may be gone by now, and with it what tells of the process.
      await killStarted(this.#host, own, name, pid)
      throw error
    }
  }

  async #connect(job: MergeJob): Promise<Session> {
    const own = this.#paths.bench(job.id)
    const name = benchName(job.id)
    const deadline = this.#host.now() + START_LIMIT_MS
    for (;;) {
      const found = await findProcess(this.#host, own, name)
      const monitor = found ? await this.#host.connect(own.monitor, 5000).catch(() => undefined) : undefined
      if (found && monitor) {
        return await Session.open(monitor, found).catch(error => {
          monitor.close()
          throw error
        })
      }
      if (!found || this.#host.now() > deadline) {
        const log = (await this.#host.readText(own.log))?.trim().split('\n').at(-1)
        throw new Error(`the QEMU that was to merge layer ${job.garbage.id} did not start: ${log ?? ''}`)
      }
      await sleep(4)
    }
  }

  /** The folder tells which process it was: it goes last. */
  async #end(jobId: number): Promise<void> {
    const own = this.#paths.bench(jobId)
    await killProcess(this.#host, own, benchName(jobId))
    await this.#host.removeFolder(own.folder)
  }

  /** Ends it cleanly: everything that was written is on disk afterwards. */
  async close(job: Pick<MergeJob, 'id'>): Promise<void> {
    const session = await this.find(job)?.catch(() => undefined)
    const own = this.#paths.bench(job.id)
    await session?.monitor.execute('quit').catch(() => {})
    if (!(await waitUntilGone(this.#host, own, benchName(job.id), session ? 15_000 : 0))) {
      await killProcess(this.#host, own, benchName(job.id))
    }
    this.#benches.delete(job.id)
    await this.#host.removeFolder(own.folder)
  }

  /**
   * Makes every bench that writes to one of these layers give way, and keeps new ones off until `work` is done: what they
   * are told then is `busy`. QEMU refuses a second opener, in either order; what both only read (an image) they share.
   */
  async without<Value>(layers: readonly LayerId[], busy: () => LayerBusy, work: () => Promise<Value>): Promise<Value> {
    const reservation: Reservation = { layers, busy }
    this.#reserved.add(reservation)
    try {
      const inTheWay = [...this.#benches].filter(([, { child }]) => layers.includes(child))
      await Promise.all(inTheWay.map(([id, bench]) => this.#giveWay(id, bench)))
      return await work()
    } finally {
      this.#reserved.delete(reservation)
    }
  }

  #reservationOf(child: LayerId): Reservation | undefined {
    return [...this.#reserved].find(({ layers }) => layers.includes(child))
  }

  /** Throws when somebody needs the layers of this merge now. */
  checkReserved(job: MergeJob): void {
    const reserved = this.#reservationOf(job.child.id)
    if (reserved) throw reserved.busy()
  }

  /** For a layer that goes: nothing has to be merged into it any more. */
  async letGo(layer: LayerId): Promise<void> {
    for (const [id, { child, layers }] of [...this.#benches]) {
      if (child === layer) await this.cancel({ id })
      else if (layers.has(layer)) throw new Error(`layer ${layer} is open in merge ${id}`)
    }
  }

  /**
   * Cleanly if it can be done soon, so that what was copied is not lost as space; else by SIGKILL, which harms nothing
   * else: somebody waits.
   */
  async #giveWay(id: number, bench: Bench): Promise<void> {
    const done = new AbortController()
    const late = sleep(GIVE_WAY_MS, true, { signal: done.signal }).catch(() => false)
    const clean = this.cancel({ id }).then(() => false)
    if (await Promise.race([clean, late])) {
      clean.catch(() => {}) // what is left of it is ended here
      this.#forget(id, bench)
      await this.#end(id)
    }
    done.abort()
  }

  /** Stops the job and ends the bench; the chain stays as it was. */
  async cancel(job: Pick<MergeJob, 'id'>): Promise<void> {
    const session = await this.find(job)?.catch(() => undefined)
    await session
      ?.exclusively(async () => {
        for (const { id } of await session.settleJobs()) await session.cancelJob(id)
      })
      .catch(() => {}) // already on its way out
    await this.close(job)
  }

  /**
   * At the service's start: what an earlier process left is ended. Its merge begins again. One that does not end is
   * told to `onFailure`; it keeps its locks, and so the merge waits.
   */
  async killLeftovers(onFailure: (jobId: number, error: unknown) => void): Promise<void> {
    const entries = await this.#host.listFolder(this.#paths.machines)
    const ids = entries.flatMap(entry => /^bench-(\d+)$/.exec(entry)?.[1] ?? []).map(Number)
    await Promise.all(ids.map(id => this.#end(id).catch(error => onFailure(id, error))))
  }

  async closeAll(): Promise<void> {
    for (const id of [...this.#benches.keys()]) await this.close({ id })
  }
}
