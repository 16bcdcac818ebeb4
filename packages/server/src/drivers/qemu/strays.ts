/**
 * QEMUs that nobody has noted. A service that is killed right after it has started one has not written its record, and
 * QEMU itself takes a moment to write its pid. Whoever then takes that machine for absent starts another one on its
 * folder, which takes its sockets away from it; and a bench without a folder would hold its layers' locks for ever. So at
 * its start the service looks once at all that runs.
 */
import { benchName, machineName } from './command-line.ts'
import type { Host } from './host.ts'
import type { GuestPaths } from './paths.ts'
import { findProcess, readOfProcess, rememberProcess } from './process.ts'

export async function noteStrays(host: Host, paths: GuestPaths): Promise<void> {
  const pids = (await host.listFolder('/proc')).filter(entry => /^\d+$/.test(entry)).map(Number)
  for (const pid of pids) {
    const args = (await readOfProcess(host, pid, 'cmdline'))?.split('\0') ?? []
    const name = args[args.indexOf('-name') + 1] ?? ''
    const [, bench, digits] = /^restpoint-(bench-)?(\d+)$/.exec(name) ?? []
    if (digits === undefined) continue
    const id = Number(digits)
    const own = bench === undefined ? paths.machine(id) : paths.bench(id)
    const isOurs = name === (bench === undefined ? machineName(id) : benchName(id)) && args.includes(own.pidFile)
    if (isOurs && !(await findProcess(host, own, name))) await rememberProcess(host, own, name, pid)
  }
}
