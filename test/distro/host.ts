/** On what all this happens, for people. */
import { readFile } from 'node:fs/promises'
import { arch, cpus, release, totalmem } from 'node:os'
import { machinesOf } from '../system/support/machines.ts'
import { run } from './support/run.ts'

export interface HostFacts {
  readonly system: string
  readonly machine: string
  /** e.g. `7.2.22` */
  readonly qemu: string
  readonly firmware: string
}

export async function hostFacts(): Promise<HostFacts> {
  const os = await readFile('/etc/os-release', 'utf8')
  const version = (await readFile('/etc/debian_version', 'utf8').catch(() => '')).trim()
  const name = /^PRETTY_NAME="?(.*?)"?$/m.exec(os)?.[1] ?? 'an unknown system'
  const gigabytes = Math.round(totalmem() / 1024 ** 3)
  const packages = 'ovmf'
  const ovmf = await run('dpkg-query', ['-W', '-f', '${Version}', packages]).catch(() => 'not from a package')
  return {
    system: `${name.replace(' GNU/Linux', '')}${version ? `, ${version}` : ''}, kernel ${release()}`,
    machine: `${cpus().length} processors (${cpus()[0]?.model.trim()}), ${gigabytes} GB of memory, ${arch()}`,
    qemu: /version (\S+)/.exec(await run('qemu-system-x86_64', ['--version']))?.[1] ?? 'unknown',
    firmware: `OVMF ${ovmf}`,
  }
}

/** What QEMU was really told: `kvm`, or `tcg`, where the processor itself is emulated. */
export async function accelerationOf(stateDir: string): Promise<string> {
  const [machine] = await machinesOf(stateDir)
  if (!machine) throw new Error('no machine runs')
  const args = (await readFile(`/proc/${machine.pid}/cmdline`, 'utf8')).split('\0')
  return args[args.indexOf('-accel') + 1] ?? 'unknown'
}
