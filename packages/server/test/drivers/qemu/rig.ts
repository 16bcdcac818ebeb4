/** Real QEMU under a driver, for what goes wrong between the two. */

import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { Monitor } from '@restpoint/qmp/monitor'
import { killMachines, machinesOf } from '../../../../../test/system/support/machines.ts'
import { plainMachine } from '../../../src/drivers/contract/harness.ts'
import type { Driver, Layer, Machine } from '../../../src/drivers/driver.ts'
import { type Host, realHost } from '../../../src/drivers/qemu/host.ts'
import { type GuestPaths, guestPaths } from '../../../src/drivers/qemu/paths.ts'
import { openQemuDriver } from '../../../src/drivers/qemu/qemu-driver.ts'

const execute = promisify(execFile)
const DISK_BYTES = 1024 * 1024

/** What QEMU's answer to a command becomes on its way: may throw, before or after it has taken effect. */
export interface Fault {
  readonly command: string
  readonly when: 'before' | 'after'
}

export interface Rig {
  driver: Driver
  readonly paths: GuestPaths
  /** Each takes the place of one answer, once. */
  readonly faults: Fault[]
  /** What the driver warned of. */
  readonly warnings: object[]
  /** Commands since the last look. */
  readonly sent: string[]
  layer(id: number, parent: Layer | null): Promise<Layer>
  machine(serverId: number, layers: readonly Layer[]): Machine
  pid(serverId: number): Promise<number | undefined>
  reopen(): Promise<void>
}

/** `wrap`: what else becomes of the driver's effects on the host. */
export async function openRig(t: TestContext, wrap = (host: Host): Host => host): Promise<Rig> {
  const stateDir = await mkdtemp(join(tmpdir(), 'restpoint-rig-'))
  const paths = guestPaths(stateDir)
  const faults: Fault[] = []
  const warnings: object[] = []
  const sent: string[] = []
  const log = { warn: (fields: object) => void warnings.push(fields) }
  const open = () =>
    openQemuDriver(wrap(faulty(realHost(null), faults, sent)), {
      stateDir,
      accel: 'tcg',
      mergeBytesPerSecond: 2 ** 26,
      log,
    })
  const rig: Rig = {
    driver: await open(),
    paths,
    faults,
    warnings,
    sent,
    async layer(id, parent) {
      const layer: Layer = { id, sizeBytes: DISK_BYTES, format: 'qcow2', isImage: false, file: null }
      if (parent) await rig.driver.createLayer(layer, parent)
      else await execute('qemu-img', ['create', '-q', '-f', 'qcow2', paths.layer(layer), String(DISK_BYTES)])
      return layer
    },
    machine(serverId, layers) {
      const disks = [{ diskId: serverId, slot: 0, role: 'disk' as const, layers }]
      return { ...plainMachine, serverId, uuid: randomUUID(), disks }
    },
    async pid(serverId) {
      return (await machinesOf(stateDir)).find(({ name }) => name === `restpoint-${serverId}`)?.pid
    },
    async reopen() {
      await rig.driver.close()
      rig.driver = await open()
    },
  }
  t.after(async () => {
    await rig.driver.close()
    await killMachines(stateDir)
    await rm(stateDir, { recursive: true, force: true })
  })
  return rig
}

function faulty(host: Host, faults: Fault[], sent: string[]): Host {
  return {
    ...host,
    async connect(socket, timeoutMs) {
      const monitor = await host.connect(socket, timeoutMs)
      const send = monitor.execute.bind(monitor)
      monitor.execute = (async (command: string, args?: Record<string, unknown>, options?: object) => {
        sent.push(command)
        const at = faults.findIndex(fault => fault.command === command)
        const [fault] = at < 0 ? [] : faults.splice(at, 1)
        if (fault?.when === 'before') throw new Error(`${command}: no answer`)
        const answer = await send(command, args, options)
        if (fault?.when === 'after') throw new Error(`${command}: no answer`)
        return answer
      }) as Monitor['execute']
      return monitor
    },
  }
}
