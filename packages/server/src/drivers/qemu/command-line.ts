/** The argument arrays of QEMU and the options of its block nodes. */
import { resolve } from 'node:path'
import type { DiskChain, Layer, Machine } from '../driver.ts'
import type { Accelerator } from './accel.ts'
import { firmware } from './firmware.ts'
import { networkArguments } from './network.ts'
import type { GuestPaths, MachinePaths } from './paths.ts'

/** A guest that breaks out of QEMU's devices finds a process that can start nothing and become nobody else. */
const SANDBOX = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'

export const nodeName = (layerId: number) => `layer-${layerId}`
export const deviceId = (diskId: number) => `disk${diskId}`
export const machineName = (serverId: number) => `restpoint-${serverId}`
/** A flash chip has no id of its own: the program's node tells on which disk the variables beside it are. */
export const firmwareName = (diskId: number) => `firmware-of-${deviceId(diskId)}`
export const benchName = (jobId: number) => `restpoint-bench-${jobId}`
/** A job's name tells what it writes to, so that whoever must stop it can see so in QEMU itself. */
export const jobName = (jobId: number, childId: number) => `merge-${jobId}-into-${childId}`

export function targetOfJob(name: string): number | undefined {
  const match = /^merge-\d+-into-(\d+)$/.exec(name)
  return match ? Number(match[1]) : undefined
}

/** By the path that QEMU gives to a device that we have given an id to. */
export function diskOfDevice(path: string): number | undefined {
  const match = /\/peripheral\/disk(\d+)\//.exec(path)
  return match ? Number(match[1]) : undefined
}

/** The disk that the variables beside this firmware are on. */
export function diskOfFirmware(name: string): number | undefined {
  const match = /^firmware-of-disk(\d+)$/.exec(name)
  return match ? Number(match[1]) : undefined
}

export function layerOfNode(name: string): number | undefined {
  const match = /^layer-(\d+)$/.exec(name)
  return match ? Number(match[1]) : undefined
}

/**
 * A layer as a block node. The format is always said, never probed (a raw disk with a qcow2 header in it must stay
 * raw); locks are always on (`auto` can switch them off silently); a guest's discards are ignored, because on a
 * chained layer they free nothing and QEMU has had a race of discard and write that damaged metadata.
 */
export function blockNode(
  paths: GuestPaths,
  layer: Layer,
  backing: string | null,
  writable: boolean,
): Record<string, unknown> {
  const node: Record<string, unknown> = {
    driver: layer.format,
    'node-name': nodeName(layer.id),
    'read-only': !writable,
    discard: 'ignore',
    file: { driver: 'file', filename: paths.layer(layer), locking: 'on' },
  }
  if (layer.format === 'qcow2') node['backing'] = backing
  return node
}

/** From the bottom up, so that each finds its backing node. Only the top is opened for writing. */
export function chainNodes(paths: GuestPaths, layers: readonly Layer[], writable: Layer): string[] {
  return layers
    .map((layer, index) => {
      const below = layers[index + 1]
      return JSON.stringify(blockNode(paths, layer, below ? nodeName(below.id) : null, layer.id === writable.id))
    })
    .reverse()
    .flatMap(json => ['-blockdev', json])
}

/**
 * Places on the bus. Guests name network cards by theirs and disks in the order of theirs, so none depends on what else
 * a machine has; cloud-init's disk comes last and makes no other one's name a later one.
 */
const place = { serial: 0x01, network: 0x02, disk: 0x04, seed: 0x1e }

export function machineArguments(
  paths: GuestPaths,
  machine: Machine,
  tap: string | null,
  accel: Accelerator,
): string[] {
  const own = paths.machine(machine.serverId)
  const nvram = machine.disks.find(disk => disk.role === 'nvram')
  return [
    ...['-name', machineName(machine.serverId), '-uuid', machine.uuid],
    ...['-machine', `q35,usb=off${nvram ? flash(nvram) : ''}`, '-accel', accel],
    ...['-cpu', accel === 'kvm' ? 'host' : 'max', '-smp', String(machine.vcpus), '-m', `${machine.memoryMb}M`],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-sandbox', SANDBOX],
    ...controlArguments(own),
    ...['-chardev', socket('serial', own.serial), '-serial', 'chardev:serial'],
    ...['-device', `virtio-serial-pci,addr=${hex(place.serial)}`, '-chardev', socket('agent', own.agent)],
    ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
    ...['-device', `vmgenid,guid=${machine.generationId}`],
    ...networkArguments(machine.network, tap, place.network),
    ...(machine.kernel ? kernelArguments(paths, machine.kernel) : []),
    ...(nvram ? fileNode(firmwareName(nvram.diskId), firmware.program) : []),
    ...machine.disks.flatMap(disk => diskArguments(paths, machine, disk)),
    ...(machine.seed
      ? [...fileNode('seed', own.seed), '-device', `virtio-blk-pci,id=seed,drive=seed,addr=${hex(place.seed)}`]
      : []),
  ]
}

function kernelArguments({ root }: GuestPaths, { kernel, initrd, append }: NonNullable<Machine['kernel']>): string[] {
  return ['-kernel', resolve(root, kernel), '-initrd', resolve(root, initrd), '-append', append]
}

function diskArguments(paths: GuestPaths, machine: Machine, disk: DiskChain): string[] {
  const top = disk.layers[0] as Layer
  const nodes = chainNodes(paths, disk.layers, top)
  if (disk.role === 'nvram') return nodes
  // A kernel that is given takes the first place itself.
  const order = machine.kernel ? '' : `,bootindex=${disk.slot + 1}`
  const at = `addr=${hex(place.disk + disk.slot)}`
  return [...nodes, '-device', `virtio-blk-pci,id=${deviceId(disk.diskId)},drive=${nodeName(top.id)},${at}${order}`]
}

/** UEFI's program and its variables, as the two flash chips where the firmware is. */
function flash({ diskId, layers }: DiskChain): string {
  return `,pflash0=${firmwareName(diskId)},pflash1=${nodeName((layers[0] as Layer).id)}`
}

/** A file that is read as it is, and never written to. */
function fileNode(name: string, path: string): string[] {
  const file = { driver: 'file', filename: path }
  return ['-blockdev', JSON.stringify({ driver: 'raw', 'node-name': name, 'read-only': true, file })]
}

function hex(place: number): string {
  return `0x${place.toString(16)}`
}

/** A QEMU without a machine: nothing but the block layer and its jobs. */
export function benchArguments(paths: GuestPaths, jobId: number, chain: readonly Layer[], child: Layer): string[] {
  return [
    ...['-name', benchName(jobId), '-machine', 'none', '-S', '-accel', 'tcg'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-sandbox', SANDBOX],
    ...controlArguments(paths.bench(jobId)),
    ...chainNodes(paths, chain, child),
  ]
}

function controlArguments(own: MachinePaths): string[] {
  return [
    ...['-pidfile', own.pidFile],
    ...['-chardev', socket('monitor', own.monitor), '-mon', 'chardev=monitor,mode=control'],
    ...['-chardev', socket('doctor', own.doctor), '-mon', 'chardev=doctor,mode=control'],
  ]
}

/** Paths of ours hold no comma but those of the operator's state folder, which QEMU reads doubled. */
function socket(id: string, path: string): string {
  return `socket,id=${id},path=${path.replaceAll(',', ',,')},server=on,wait=off`
}
