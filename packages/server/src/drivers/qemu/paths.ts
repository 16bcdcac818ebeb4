/**
 * Where things lie under `<state>/guests`, all built from ids of ours. The folder belongs to the user that QEMU runs
 * as; database and tokens are outside of it.
 */
import { join } from 'node:path'
import type { Layer } from '../driver.ts'

export interface GuestPaths {
  readonly root: string
  readonly layers: string
  readonly trash: string
  readonly machines: string
  machine(serverId: number): MachinePaths
  /** The folder of a QEMU without a guest that merges layers no server has open. */
  bench(jobId: number): MachinePaths
  layer(layer: Pick<Layer, 'id' | 'format' | 'file'>): string
  trashed(layer: Pick<Layer, 'id' | 'format'>): string
}

export interface MachinePaths {
  readonly folder: string
  readonly monitor: string
  /** A second monitor, for whoever examines a machine while the service runs or hangs. */
  readonly doctor: string
  readonly agent: string
  readonly serial: string
  readonly pidFile: string
  /** JSON `{pid, startTime, bootId}`, written by us right after the start; it goes when the machine is seen to end. */
  readonly record: string
  /** Empty; it is there when whoever ends this machine does so because the host ends. */
  readonly hostEnd: string
  readonly log: string
  /** The disk for cloud-init. */
  readonly seed: string
}

export function guestPaths(stateDir: string): GuestPaths {
  const root = join(stateDir, 'guests')
  const machines = join(root, 'machines')
  const layers = join(root, 'layers')
  const trash = join(root, 'trash')
  return {
    root,
    layers,
    trash,
    machines,
    machine: serverId => machinePaths(join(machines, String(serverId))),
    bench: jobId => machinePaths(join(machines, `bench-${jobId}`)),
    layer: layer => layer.file ?? join(layers, fileName(layer)),
    trashed: layer => join(trash, fileName(layer)),
  }
}

export function fileName(layer: Pick<Layer, 'id' | 'format'>): string {
  return `${layer.id}.${layer.format}`
}

/** How a header names the layer below: relative, so that the folder can be moved. */
export function backingName(layer: Pick<Layer, 'id' | 'format' | 'file'>): string {
  return layer.file ?? fileName(layer)
}

function machinePaths(folder: string): MachinePaths {
  return {
    folder,
    monitor: join(folder, 'monitor.sock'),
    doctor: join(folder, 'doctor.sock'),
    agent: join(folder, 'agent.sock'),
    serial: join(folder, 'serial.sock'),
    pidFile: join(folder, 'pid'),
    record: join(folder, 'process.json'),
    hostEnd: join(folder, 'host-end'),
    log: join(folder, 'qemu.log'),
    seed: join(folder, 'seed.iso'),
  }
}
