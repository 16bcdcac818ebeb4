/**
 * A unit may give the service rights that it has not by itself (AmbientCapabilities=, for bridges), and what it starts
 * would have them as well: a QEMU that a guest has broken out into could then change the host's network.
 */
import { readFileSync } from 'node:fs'

export type CommandLine = readonly [program: string, args: readonly string[]]

/** Answers what has to be started in its place, so that it starts without them. */
export function rightsRemover(
  status = readFileSync('/proc/self/status', 'utf8'),
): (...command: CommandLine) => CommandLine {
  if (/^CapAmb:\s*0*$/m.test(status)) return (program, args) => [program, args]
  return (program, args) => ['setpriv', ['--inh-caps=-all', '--ambient-caps=-all', '--', program, ...args]]
}

/** Whether the service may change the host's network; `status` as in /proc/self/status. */
export function mayChangeNetwork(status: string): boolean {
  const NET_ADMIN = 12n // linux/capability.h
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  return ((effective >> NET_ADMIN) & 1n) === 1n
}
