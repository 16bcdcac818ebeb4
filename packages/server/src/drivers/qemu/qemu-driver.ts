/** The embedded driver: QEMU processes of our own on this host, layers as qcow2 files. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../errors.ts'
import { type Driver, type Layer, LayerBusy } from '../driver.ts'
import { type Accelerator, chooseAccelerator } from './accel.ts'
import { Benches } from './bench.ts'
import { attachLayers, cutRunning, cutStopped, detachLayers, isCut } from './cut.ts'
import { createNvram, nvramBytes } from './firmware.ts'
import { flattenLayer } from './flatten.ts'
import type { Host } from './host.ts'
import { findPort, hostMemory } from './host-offers.ts'
import { importImage, inspectImage } from './images/import.ts'
import { LayerFiles } from './layer-files.ts'
import { Machines } from './machines.ts'
import * as merge from './merge.ts'
import { letRun, setPlugged } from './network.ts'
import { guestPaths } from './paths.ts'
import { killProgram, programEnd, startProgram } from './programs.ts'
import type { Session } from './session.ts'
import { noteStrays } from './strays.ts'
import { Taps } from './taps.ts'

/** How long a guest that was asked to power off may take before it is asked again. */
const ASK_AGAIN_MS = 3_000

export interface QemuDriverOptions {
  readonly stateDir: string
  readonly accel: 'auto' | Accelerator
  readonly mergeBytesPerSecond: number
  /** Of the disk in an image; default 2 TiB. */
  readonly imageMaxBytes?: number
  /** Told what went wrong with one machine where the work goes on without it. */
  readonly log?: { warn(fields: object, text: string): void }
}

const IMAGE_MAX_BYTES = 2 * 1024 ** 4

/** One question to a QEMU that is to be ended: one that hangs is ended all the same. */
const HALT_STEP_MS = 5_000

/** For a guest's agent to tell of its guest. */
const DESCRIBE_LIMIT_MS = 2_000

export async function openQemuDriver(host: Host, options: QemuDriverOptions): Promise<Driver> {
  const paths = guestPaths(options.stateDir)
  // What leads to the folders where we write stays out of QEMU's hands: it could lead elsewhere tomorrow.
  for (const folder of [paths.root, paths.machines]) await host.makeFolder(folder, 'service')
  for (const folder of [paths.layers, paths.trash]) await host.makeFolder(folder)
  const taps = new Taps(host, options.stateDir)
  const machines = new Machines({ host, paths, taps, accel: chooseAccelerator(options.accel) })
  const benches = new Benches(host, paths)
  const files = new LayerFiles(host, paths)
  const imageDeps = { host, paths, files, imageMaxBytes: options.imageMaxBytes ?? IMAGE_MAX_BYTES }
  const mergeDeps = { host, paths, files, machines, benches, bytesPerSecond: options.mergeBytesPerSecond }

  const said = await host.run('qemu-system-x86_64', ['--version'])
  const version = `QEMU ${/version (\S+)/.exec(said)?.[1] ?? 'unknown'}`

  async function running(serverId: number) {
    const session = await machines.find(serverId)
    if (!session) throw new Failure('server_wrong_state', `Server ${serverId} does not run.`)
    return session
  }

  /** Where no agent has opened its port there is nobody to wait for; where nobody can tell, ask it. */
  async function hasAgent(session: Session): Promise<boolean> {
    return session.isAgentConnected().catch(() => true)
  }

  const programDeps = { host, paths, machines, hasAgent }

  async function askToShutDown(serverId: number, session: Session | undefined, mode: 'powerdown' | 'reboot') {
    if (session && !(await hasAgent(session))) return false
    return host.keeper.shutdown(paths.machine(serverId).agent, mode).catch(() => false)
  }

  /**
   * Answers whether it ended with the host. Never rejects: one QEMU that does not answer must not keep the others'
   * service from starting.
   */
  async function adoptOne(serverId: number): Promise<boolean> {
    try {
      const session = await machines.find(serverId)
      if (!session) return await machines.settleAbsent(serverId)
      if (!(await hasAgent(session))) return false
    } catch (error) {
      options.log?.warn({ serverId, error }, 'the QEMU of this server runs but does not answer')
    }
    try {
      // Whoever froze it may be gone; a guest that is not frozen is not harmed.
      await host.keeper.rescue(paths.machine(serverId).agent)
    } catch (error) {
      options.log?.warn({ serverId, error }, 'this server could not be thawed, should it be frozen')
    }
    return false
  }

  /** So that the disks hold what the guest had written. Throws where QEMU does not answer. */
  async function still(serverId: number, session: Session): Promise<void> {
    const cancelled = session.exclusively(async () => {
      for (const job of await session.settleJobs()) await session.cancelJob(job.id)
    })
    // QEMU cancels them itself when it quits.
    await within(HALT_STEP_MS, cancelled).catch(() => {})
    const limit = { timeoutMs: HALT_STEP_MS }
    const { status } = await session.monitor.execute<{ status: string }>('query-status', undefined, limit)
    // So that the undo point is a clean file system. It is never thawed: this guest is not run again.
    if (status === 'running' && (await hasAgent(session)))
      await host.keeper.freeze(paths.machine(serverId).agent).catch(() => {})
    await session.monitor.execute('stop', undefined, limit)
  }

  return {
    name: 'qemu',
    version: async () => version,

    async adopt(serverIds) {
      await noteStrays(host, paths).catch(error => {
        options.log?.warn({ error }, 'whether a QEMU runs that nobody has noted could not be seen')
      })
      const adopted = serverIds.map(async id => ((await adoptOne(id)) ? id : undefined))
      await Promise.all([
        benches.killLeftovers((jobId, error) => {
          options.log?.warn({ operationId: jobId, error }, 'the QEMU of an earlier merge could not be ended')
        }),
        ...adopted,
      ])
      // Also those of servers that nobody knows any more.
      await taps.sweep(machines.isThere).catch(error => {
        options.log?.warn({ error }, 'network interfaces of machines that are gone could not be removed')
      })
      return { endedWithHost: (await Promise.all(adopted)).filter(id => id !== undefined) }
    },
    inspect: serverId => machines.inspect(serverId),
    start: machine => {
      const layers = machine.disks.flatMap(disk => disk.layers).map(layer => layer.id)
      return benches.without(
        layers,
        () => new LayerBusy('a server that stands on it is starting'),
        () => machines.start(machine),
      )
    },
    async stop(serverId, graceMs) {
      const session = await machines.find(serverId).catch(() => 'unreachable' as const)
      if (session) {
        const reached = session === 'unreachable' ? undefined : session
        const monitor = reached?.monitor
        if (reached) await letRun(reached).catch(() => {}) // a paused guest cannot power off
        const deadline = host.now() + graceMs
        do {
          const asked = await askToShutDown(serverId, reached, 'powerdown')
          if (!asked) await monitor?.execute('system_powerdown').catch(() => {})
          // Where nobody could be asked there is nothing to wait for.
          if (!asked && !monitor) break
          // A guest that is still booting has heard neither.
          const patience = Math.min(ASK_AGAIN_MS, Math.max(0, deadline - host.now()))
          if (await machines.waitUntilGone(serverId, patience)) break
        } while (host.now() < deadline)
      }
      await machines.quit(serverId)
    },
    async halt(serverId) {
      const session = await machines.find(serverId).catch(() => undefined)
      // Whatever goes wrong with it, the machine has to end.
      if (session) await still(serverId, session).catch(() => {})
      await machines.quit(serverId)
    },
    async reboot(serverId) {
      const session = await running(serverId)
      const asked = await askToShutDown(serverId, session, 'reboot')
      if (!asked) await session.monitor.execute('system_reset')
    },
    async resume(serverId) {
      const session = await running(serverId)
      await letRun(session)
      // A halt that was broken off has left it frozen as well.
      if (await hasAgent(session)) await host.keeper.rescue(paths.machine(serverId).agent)
    },
    onEvent: listener => machines.onEvent(listener),

    async describe(serverId) {
      const session = await machines.find(serverId, DESCRIBE_LIMIT_MS).catch(() => undefined)
      if (!session || !(await hasAgent(session))) return null
      const told = await host.keeper.describe(paths.machine(serverId).agent, DESCRIBE_LIMIT_MS)
      return told && { ipAddresses: told.ipAddresses, osName: told.osName }
    },
    async openConsole(serverId) {
      return (await machines.isThere(serverId)) ? host.openSocket(paths.machine(serverId).serial) : null
    },
    startProgram: (serverId, program) => startProgram(programDeps, serverId, program),
    programEnd: (serverId, process) => programEnd(programDeps, serverId, process),
    killProgram: (serverId, process) => killProgram(programDeps, serverId, process),
    async setPlugged(serverId, isPlugged) {
      const session = await machines.find(serverId)
      if (session) await setPlugged(session, isPlugged)
    },
    forget: serverId => machines.forget(serverId),
    nvramBytes: () => nvramBytes(host),
    memory: () => hostMemory(host),
    checkBridge: name => taps.check(name),
    findPort: wanted => findPort(host, wanted),
    createNvram: layer => createNvram(host, files, layer),
    flattenLayer: (layer, chain, onProgress, signal) => flattenLayer(mergeDeps, layer, chain, onProgress, signal),
    inspectImage: source => inspectImage(imageDeps, source),
    importImage: (layer, source, onProgress, signal) => importImage(imageDeps, layer, source, onProgress, signal),
    createLayer: (layer, parent) => files.create(layer, parent),
    async discardLayer(layer) {
      await benches.letGo(layer.id)
      for (const session of machines.sessions().values()) {
        // Nobody waits for machines that have nothing to do with it.
        if (!session.hasOpen(layer.id)) continue
        await session.exclusively(async () => {
          await session.cancelMergesInto(layer.id)
          await session.closeNode(layer.id)
        })
      }
      await files.discard(layer)
    },
    measure: layers => files.measure(layers),
    readChain: chain => files.readChain(chain),
    pathOf: (layer: Layer) => paths.layer(layer),
    freeBytes: () => host.freeBytes(paths.layers),

    async attach(serverId, disks) {
      const session = await machines.find(serverId)
      if (session) await attachLayers(session, paths, disks)
    },
    async detach(serverId, disks) {
      const session = await machines.find(serverId)
      if (session) await detachLayers(session, disks)
    },
    async cut(serverId, disks, request) {
      const session = await machines.find(serverId)
      // A new, empty layer on a disk that nobody has open reads the same as what it stands on: that is the cut.
      if (!session) return cutStopped(request, host.now())
      if (await isCut(session, disks)) {
        const reason = 'service_restarted'
        return { cutAt: host.now(), achieved: 'crash', reason, freezeMs: null, pauseMs: null, running: true }
      }
      await attachLayers(session, paths, disks)
      return cutRunning(host, session, paths.machine(serverId).agent, disks, request)
    },

    copyMerge: (job, onProgress, signal) => merge.copyMerge(mergeDeps, job, onProgress, signal),
    flushMerge: job => merge.flushMerge(mergeDeps, job),
    pivotMerge: job => merge.pivotMerge(mergeDeps, job),
    cancelMerge: job => merge.cancelMerge(mergeDeps, job),

    async close() {
      machines.close()
      await benches.closeAll()
      await host.keeper.close()
    },
  }
}

/** Does not wait longer; the work itself goes on. */
async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  const limit = sleep(limitMs, undefined, { signal: done.signal }).catch(() => {})
  await Promise.race([work, limit]).finally(() => done.abort())
}
