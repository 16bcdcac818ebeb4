/** Starting a QEMU for a machine: what has to be there before, and why it did not start. */
import { Failure } from '../../errors.ts'
import type { Machine } from '../driver.ts'
import type { Accelerator } from './accel.ts'
import { machineArguments, machineName } from './command-line.ts'
import { nvramBytes } from './firmware.ts'
import type { Host } from './host.ts'
import { portTaken } from './host-offers.ts'
import type { GuestPaths } from './paths.ts'
import { killStarted, rememberProcess } from './process.ts'
import { writeSeed } from './seed.ts'
import type { Taps } from './taps.ts'

export interface LaunchDeps {
  readonly host: Host
  readonly paths: GuestPaths
  readonly taps: Taps
  readonly accel: Accelerator
}

/** Answers what tells, should it not come up, why. Only where it does not run already. */
export async function launch(deps: LaunchDeps, machine: Machine): Promise<{ whyNot(): Promise<Failure> }> {
  const { host, paths, taps, accel } = deps
  const { serverId, network, seed } = machine
  const own = paths.machine(serverId)
  if (machine.firmware === 'uefi' && (await nvramBytes(host)) === null) {
    throw new Failure('firmware_unavailable', 'UEFI is not installed on this host (any more).')
  }
  await host.makeFolder(own.folder)
  // Whatever an ended process left must not be taken for the new one's.
  for (const stale of [own.hostEnd, own.pidFile, own.record, own.monitor, own.doctor]) await host.unlink(stale)
  if (seed) await writeSeed(host, own, seed)
  const tap = network.type === 'bridge' ? await taps.make(serverId, network.bridge) : null
  const before = (await host.fileSize(own.log))?.apparent ?? 0
  const pid = await host.launch('qemu-system-x86_64', machineArguments(paths, machine, tap, accel), own.log)
  try {
    await rememberProcess(host, own, machineName(serverId), pid)
  } catch (error) {
    // Whoever takes the start for failed puts the disks back to what they were: nothing may run on the others.
    await killStarted(host, own, machineName(serverId), pid)
    // Killed, it could not take them away itself.
    for (const socket of [own.monitor, own.doctor, own.agent, own.serial]) await host.unlink(socket)
    throw error
  }
  return {
    whyNot: async () =>
      explain(
        Buffer.from((await host.readText(own.log)) ?? '')
          .subarray(before)
          .toString(),
      ),
  }
}

function explain(said: string): Failure {
  const port = /Could not set up host forwarding rule '\w+:[^:]*:(\d+)-/.exec(said)?.[1]
  if (port !== undefined) return portTaken(Number(port))
  const words = said.trim().split('\n').at(-1)
  return new Failure('machine_failed', `QEMU did not start: ${words || 'it said nothing'}`)
}
