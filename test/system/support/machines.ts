/** The QEMU processes of a state folder, found by their command lines. */
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

export interface MachineProcess {
  readonly pid: number
  /** The value of -name. */
  readonly name: string
}

export async function machinesOf(stateDir: string): Promise<MachineProcess[]> {
  const found: MachineProcess[] = []
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const args = (await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')).split('\0')
    if (!args[0]?.includes('qemu-system')) continue
    if (args.some(arg => arg.startsWith(`${stateDir}/`))) {
      found.push({ pid: Number(entry), name: args[args.indexOf('-name') + 1] ?? '' })
    }
  }
  return found
}

/** SIGKILL, and gone. */
export async function killMachines(stateDir: string): Promise<void> {
  for (const { pid } of await machinesOf(stateDir)) process.kill(pid, 'SIGKILL')
  while ((await machinesOf(stateDir)).length > 0) await sleep(10)
}
