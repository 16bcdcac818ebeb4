/** The embedded driver: QEMU processes of our own on this host, layers as qcow2 files. */
import { Failure } from '../../errors.ts'
import type { Driver, Layer } from '../driver.ts'
import { type Accelerator, chooseAccelerator } from './accel.ts'
import { Benches } from './bench.ts'
import { attachLayers, cutRunning, cutStopped, detachLayers, isCut } from './cut.ts'
import type { Host } from './host.ts'
import { LayerFiles } from './layer-files.ts'
import { Machines } from './machines.ts'
import * as merge from './merge.ts'
import { guestPaths } from './paths.ts'

export interface QemuDriverOptions {
  readonly stateDir: string
  readonly accel: 'auto' | Accelerator
  readonly mergeBytesPerSecond: number
}

export async function openQemuDriver(host: Host, options: QemuDriverOptions): Promise<Driver> {
  const paths = guestPaths(options.stateDir)
  for (const folder of [paths.root, paths.layers, paths.trash, paths.machines]) await host.makeFolder(folder)
  const machines = new Machines(host, paths, chooseAccelerator(options.accel))
  const benches = new Benches(host, paths)
  const files = new LayerFiles(host, paths)
  const mergeDeps = { host, paths, files, machines, benches, bytesPerSecond: options.mergeBytesPerSecond }

  const said = await host.run('qemu-system-x86_64', ['--version'])
  const version = `QEMU ${/version (\S+)/.exec(said)?.[1] ?? 'unknown'}`

  async function running(serverId: number) {
    const session = await machines.find(serverId)
    if (!session) throw new Failure('server_wrong_state', `Server ${serverId} does not run.`)
    return session
  }

  return {
    name: 'qemu',
    version: async () => version,

    async adopt(serverIds) {
      await benches.killLeftovers()
      for (const serverId of serverIds) {
        const session = await machines.find(serverId)
        // Whoever froze it may be gone; a guest that is not frozen is not harmed.
        if (session) await host.keeper.rescue(paths.machine(serverId).agent)
      }
    },
    inspect: serverId => machines.inspect(serverId),
    start: machine => {
      const layers = machine.disks.flatMap(disk => disk.layers).map(layer => layer.id)
      return benches.without(layers, () => machines.start(machine))
    },
    async stop(serverId, graceMs) {
      const session = await machines.find(serverId)
      if (session) {
        await session.monitor.execute('cont').catch(() => {}) // a paused guest cannot power off
        const asked = await host.keeper.shutdown(paths.machine(serverId).agent, 'powerdown').catch(() => false)
        if (!asked) await session.monitor.execute('system_powerdown').catch(() => {})
        if (await machines.waitUntilGone(serverId, graceMs)) return
      }
      await machines.quit(serverId)
    },
    async halt(serverId) {
      const session = await machines.find(serverId).catch(() => undefined)
      if (session) {
        await session.exclusively(async () => {
          for (const job of await session.settleJobs()) await session.cancelJob(job.id)
        })
        const { status } = await session.monitor.execute<{ status: string }>('query-status')
        // So that the undo point is a clean file system. It is never thawed: this guest is not run again.
        if (status === 'running') await host.keeper.freeze(paths.machine(serverId).agent).catch(() => {})
        await session.monitor.execute('stop')
      }
      await machines.quit(serverId)
    },
    async reboot(serverId) {
      const session = await running(serverId)
      const asked = await host.keeper.shutdown(paths.machine(serverId).agent, 'reboot').catch(() => false)
      if (!asked) await session.monitor.execute('system_reset')
    },
    async resume(serverId) {
      await (await running(serverId)).monitor.execute('cont')
    },
    onEvent: listener => machines.onEvent(listener),

    createLayer: (layer, parent) => files.create(layer, parent),
    async discardLayer(layer) {
      for (const session of machines.sessions().values()) {
        await session.exclusively(async () => {
          await session.settleJobs()
          await session.closeNode(layer.id)
        })
      }
      await files.discard(layer)
    },
    measure: layers => files.measure(layers),
    readChain: top => files.readChain(top),
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
      if (!session) return cutStopped(request)
      if (await isCut(session, disks)) {
        const reason = 'service_restarted'
        return { cutAt: Date.now(), achieved: 'crash', reason, freezeMs: null, pauseMs: null, running: true }
      }
      await attachLayers(session, paths, disks)
      return cutRunning(session, host.keeper, paths.machine(serverId).agent, disks, request)
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
