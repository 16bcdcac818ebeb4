/** The driver with tiny Linux guests in its machines, for what only a guest can tell. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tinyGuest } from '../../../../../test/support/guest.ts'
import { killMachines } from '../../../../../test/system/support/machines.ts'
import { SerialShell } from '../../../../../test/system/support/serial.ts'
import { plainMachine } from '../../../src/drivers/contract/harness.ts'
import type { CutDisk, DiskChain, Driver, Layer, Machine } from '../../../src/drivers/driver.ts'
import { type Host, realHost } from '../../../src/drivers/qemu/host.ts'
import { type GuestPaths, guestPaths } from '../../../src/drivers/qemu/paths.ts'
import { openQemuDriver } from '../../../src/drivers/qemu/qemu-driver.ts'
import { guestKernelArguments } from '../../../src/setup/guest/build.ts'

const execute = promisify(execFile)
const DATA_BYTES = 16 * 1024 * 1024

/** A machine's disks as they are meant to be now: cuts and merges change them. */
export interface Guest {
  readonly id: number
  machine: Machine
}

export interface GuestRig {
  driver: Driver
  readonly stateDir: string
  readonly paths: GuestPaths
  /** Not started. Its disks: the system's, `dataDisks` empty ones, and UEFI's variables where it has them. */
  make(change?: Partial<Machine>, dataDisks?: number): Promise<Guest>
  shell(guest: Guest): Promise<SerialShell>
  /** New layers on all disks at one instant; what was cut off, by disk. */
  cut(guest: Guest): Promise<CutDisk[]>
  /** An empty layer on a sealed one, for a restore. */
  layerOn(parent: Layer | null, sizeBytes?: number): Promise<Layer>
  nextId(): number
  /** Another driver on the same folder, as after a restart of the service. */
  reopen(change?: (host: Host) => Host): Promise<void>
  /** Ends every machine, removes every file. */
  close(): Promise<void>
}

export async function openGuestRig(change = (host: Host) => host): Promise<GuestRig> {
  const stateDir = await mkdtemp(join(tmpdir(), 'restpoint-guests-'))
  const paths = guestPaths(stateDir)
  const shells: SerialShell[] = []
  const open = (host: (host: Host) => Host) =>
    openQemuDriver(host(realHost(null)), { stateDir, accel: 'tcg', mergeBytesPerSecond: 2 ** 26 })
  let lastId = 0
  const nextId = () => ++lastId
  const rig: GuestRig = {
    driver: await open(change),
    stateDir,
    paths,
    nextId,
    async make(change = {}, dataDisks = 0) {
      const tiny = await tinyGuest()
      const image: Layer = {
        id: nextId(),
        sizeBytes: tiny.virtualBytes,
        format: 'qcow2',
        isImage: true,
        file: tiny.disk,
      }
      const tops = [[await rig.layerOn(image), image]]
      for (let disk = 0; disk < dataDisks; disk++) tops.push([await rig.layerOn(null)])
      const disks: DiskChain[] = tops.map((layers, slot) => ({ diskId: nextId(), slot, role: 'disk', layers }))
      if (change.firmware === 'uefi') disks.push({ diskId: nextId(), slot: 9, role: 'nvram', layers: [await nvram()] })
      const id = nextId()
      const kernel = {
        kernel: tiny.kernel,
        initrd: tiny.initrd,
        append: `${guestKernelArguments} hostname=guest-${id}`,
      }
      const own = { serverId: id, uuid: randomUUID(), memoryMb: 256, kernel, disks }
      return { id, machine: { ...plainMachine, ...own, ...change } }
    },
    async shell(guest) {
      const shell = await SerialShell.open(stateDir, guest.id)
      shells.push(shell)
      return shell
    },
    async cut(guest) {
      const cuts: CutDisk[] = []
      for (const { diskId, layers } of guest.machine.disks) {
        const from = layers[0] as Layer
        cuts.push({ diskId, from, to: await rig.layerOn(from) })
      }
      await rig.driver.attach(guest.id, cuts)
      await rig.driver.cut(guest.id, cuts, 'crash')
      const disks = guest.machine.disks.map((disk, at) => ({
        ...disk,
        layers: [(cuts[at] as CutDisk).to, ...disk.layers],
      }))
      guest.machine = { ...guest.machine, disks }
      return cuts
    },
    async layerOn(parent, sizeBytes = parent?.sizeBytes ?? DATA_BYTES) {
      const layer: Layer = { id: nextId(), sizeBytes, format: 'qcow2', isImage: false, file: null }
      await rig.driver.createLayer(layer, parent)
      return layer
    },
    async reopen(change = host => host) {
      await rig.driver.close()
      rig.driver = await open(change)
    },
    async close() {
      for (const shell of shells) shell.close()
      await rig.driver.close()
      await killMachines(stateDir)
      await rm(stateDir, { recursive: true, force: true })
    },
  }
  async function nvram(): Promise<Layer> {
    const sizeBytes = (await rig.driver.nvramBytes()) as number
    const layer: Layer = { id: nextId(), sizeBytes, format: 'qcow2', isImage: false, file: null }
    await rig.driver.createNvram(layer)
    return layer
  }
  return rig
}

/** What a sealed layer reads as. */
export async function bytesOf(rig: GuestRig, layer: Layer): Promise<Buffer> {
  const raw = join(rig.stateDir, `${randomUUID()}.raw`)
  await execute('qemu-img', ['convert', '-U', '-f', 'qcow2', '-O', 'raw', rig.paths.layer(layer), raw])
  const bytes = await readFile(raw)
  await rm(raw)
  return bytes
}
