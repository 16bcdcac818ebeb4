/** On what all this happens, for people. */
import { readFile } from 'node:fs/promises'
import { arch, cpus, loadavg, release, totalmem } from 'node:os'
import { machinesOf } from '../system/support/machines.ts'
import { run } from './support/run.ts'

export interface HostFacts {
  readonly system: string
  readonly machine: string
  readonly processors: number
  /** e.g. `7.2.22` */
  readonly qemu: string
  readonly firmware: string
  /** Processes that wanted a processor in the last 15 minutes, on average. */
  readonly load: number
}

export async function hostFacts(): Promise<HostFacts> {
  const os = await readFile('/etc/os-release', 'utf8')
  const point = (await readFile('/etc/debian_version', 'utf8').catch(() => '')).trim()
  const name = point ? `Debian ${point}` : (/^PRETTY_NAME="?(.*?)"?$/m.exec(os)?.[1] ?? 'an unknown system')
  const kernel = /^\d+\.\d+/.exec(release())?.[0]
  const gigabytes = Math.round(totalmem() / 1024 ** 3)
  const ovmf = await run('dpkg-query', ['-W', '-f', '${Version}', 'ovmf']).catch(() => 'not from a package')
  return {
    system: `${name}, kernel ${kernel}`,
    machine: `${cpus().length} processors (${cpus()[0]?.model.trim()}), ${gigabytes} GB of memory, ${arch()}`,
    processors: cpus().length,
    qemu: /version (\S+)/.exec(await run('qemu-system-x86_64', ['--version']))?.[1] ?? 'unknown',
    firmware: `OVMF ${ovmf}`,
    load: loadavg()[2] ?? 0,
  }
}

/** What QEMU was really told: `kvm`, or `tcg`, where the processor itself is emulated. */
export async function accelerationOf(stateDir: string): Promise<string> {
  const [machine] = await machinesOf(stateDir)
  if (!machine) throw new Error('no machine runs')
  const args = (await readFile(`/proc/${machine.pid}/cmdline`, 'utf8')).split('\0')
  return args[args.indexOf('-accel') + 1] ?? 'unknown'
}
