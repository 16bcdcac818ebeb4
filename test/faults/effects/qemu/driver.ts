/** The QEMU driver as the service has it, but that machines are always emulated. */
import type { Driver } from '../../../../packages/server/src/drivers/driver.ts'
import { type Host, realHost } from '../../../../packages/server/src/drivers/qemu/host.ts'
import { openQemuDriver } from '../../../../packages/server/src/drivers/qemu/qemu-driver.ts'

export function openDriverOn(stateDir: string, host: Host = hostOfTests()): Promise<Driver> {
  return openQemuDriver(host, { stateDir, accel: 'tcg', mergeBytesPerSecond: 2 ** 26 })
}

let version: Promise<string> | undefined

/** QEMU is asked for its version once: it is the same for all. */
export function hostOfTests(): Host {
  const host = realHost(null)
  return {
    ...host,
    run: (program, args, cwd) =>
      args[0] === '--version' ? (version ??= host.run(program, args)) : host.run(program, args, cwd),
  }
}
