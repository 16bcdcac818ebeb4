/** What the host has to offer to machines: memory and ports. */
import { randomInt } from 'node:crypto'
import { Failure } from '../../errors.ts'
import type { Host } from './host.ts'

/** Below those that the kernel gives to outgoing connections: one that is free stays so while its server is stopped. */
const PORTS = { from: 20_000, to: 30_000 }

/** MiB. Free is what can be had without swapping. */
export async function hostMemory(host: Host): Promise<{ totalMb: number; freeMb: number }> {
  const said = (await host.readText('/proc/meminfo')) ?? ''
  const mebibytes = (field: string) => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(said)?.[1]
    if (kibibytes === undefined) throw new Error(`/proc/meminfo does not tell ${field}`)
    return Math.floor(Number(kibibytes) / 1024)
  }
  return { totalMb: mebibytes('MemTotal'), freeMb: mebibytes('MemAvailable') }
}

export async function findPort(host: Host, wanted: number | null): Promise<number> {
  if (wanted !== null) {
    if (await host.canListen(wanted)) return wanted
    throw portTaken(wanted)
  }
  const count = PORTS.to - PORTS.from
  const first = randomInt(count)
  for (let tried = 0; tried < count; tried++) {
    const port = PORTS.from + ((first + tried) % count)
    if (await host.canListen(port)) return port
  }
  throw new Failure('port_taken', `All ports of 127.0.0.1 from ${PORTS.from} to ${PORTS.to - 1} are taken.`)
}

export function portTaken(port: number): Failure {
  return new Failure('port_taken', `Port ${port} of 127.0.0.1 is taken, or not for the service to listen on.`)
}
