/**
 * QEMU processes outlive the service, so they must be found again, and never mistaken: the pid is what QEMU wrote
 * itself, and it counts only if that process has our name and our folder on its command line and (where we got to
 * write it down) the start time we saw, on the same boot of the host: times count from there.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from './host.ts'
import type { MachinePaths } from './paths.ts'

export interface FoundProcess {
  readonly pid: number
  /** Clock ticks since boot, field 22 of /proc/<pid>/stat. */
  readonly startTime: string
}

/** What we write down of a process. */
interface ProcessRecord extends FoundProcess {
  /** One boot of the host; absent in those of earlier versions. */
  readonly bootId?: string
}

export async function findProcess(host: Host, own: MachinePaths, name: string): Promise<FoundProcess | undefined> {
  const record = parseRecord(await host.readText(own.record))
  const written = Number.parseInt((await host.readText(own.pidFile)) ?? '', 10)
  const pid = Number.isNaN(written) ? record?.pid : written
  if (pid === undefined) return undefined
  const startTime = await identify(host, pid, own, name)
  if (startTime === undefined) return undefined
  if (record && record.pid === pid && record.startTime !== startTime) return undefined
  if (record?.bootId !== undefined && record.bootId !== (await readBootId(host))) return undefined
  return { pid, startTime }
}

/** The start time of `pid` if it is the QEMU of that folder; undefined for any other process, a zombie or none. */
export async function identify(host: Host, pid: number, own: MachinePaths, name: string): Promise<string | undefined> {
  const commandLine = (await readOfProcess(host, pid, 'cmdline'))?.split('\0') ?? []
  if (commandLine[commandLine.indexOf('-name') + 1] !== name || !commandLine.includes(own.pidFile)) return undefined
  const stat = await readOfProcess(host, pid, 'stat')
  // The second field, the program's name, may hold spaces and parentheses: count from its end.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

/**
 * Undefined where it has ended, or is one of somebody whose processes we may not look at: ours never are. A look that
 * fails for another reason (no file descriptor is left) must not make anybody believe that a machine is gone.
 */
export function readOfProcess(host: Host, pid: number, file: 'cmdline' | 'stat'): Promise<string | undefined> {
  return host.readText(`/proc/${pid}/${file}`).catch(error => {
    if (/^(ESRCH|EACCES|EPERM)$/.test(error.code)) return undefined
    throw error
  })
}

/** Right after its start: for a moment a new process has no command line yet. */
export async function rememberProcess(host: Host, own: MachinePaths, name: string, pid: number): Promise<void> {
  for (const deadline = host.now() + 2000; host.now() < deadline; await sleep(1)) {
    const startTime = await identify(host, pid, own, name)
    if (startTime !== undefined) {
      const record: ProcessRecord = { pid, startTime, bootId: await readBootId(host) }
      return host.writeText(own.record, JSON.stringify(record))
    }
    // A zombie's executable cannot be told, nor can that of none.
    if ((await readOfProcess(host, pid, 'stat'))?.match(/\) [^Z]/) == null) return
  }
}

/**
 * Ends what we have just started and cannot keep: without its record, or its folder, nobody would find it again, and it
 * would hold its layers. `pid` is what the start has answered; QEMU need not have written anything yet.
 */
export async function killStarted(host: Host, own: MachinePaths, name: string, pid: number): Promise<void> {
  for (let pause = 2; (await identify(host, pid, own, name)) !== undefined; pause = Math.min(100, pause * 2)) {
    host.kill(pid, 'SIGKILL')
    await sleep(pause)
  }
}

/** True when the process is gone before the time is up. */
export async function waitUntilGone(host: Host, own: MachinePaths, name: string, limitMs: number): Promise<boolean> {
  const deadline = host.now() + limitMs
  for (let pause = 2; ; pause = Math.min(100, pause * 2)) {
    if (!(await findProcess(host, own, name))) return true
    if (host.now() >= deadline) return false
    await sleep(pause)
  }
}

/** SIGKILL, for what does not end otherwise. The old chain of an unfinished block job stays in force. */
export async function killProcess(host: Host, own: MachinePaths, name: string): Promise<void> {
  const found = await findProcess(host, own, name)
  if (!found) return
  host.kill(found.pid, 'SIGKILL')
  if (!(await waitUntilGone(host, own, name, 30_000))) {
    throw new Error(`process ${found.pid} (${name}) does not end after SIGKILL`)
  }
}

/** Of a process that is gone: whether it was on another boot of the host than this one. Undefined: nobody knows. */
export async function wasOnEarlierBoot(host: Host, own: MachinePaths): Promise<boolean | undefined> {
  const record = parseRecord(await host.readText(own.record))
  return record?.bootId === undefined ? undefined : record.bootId !== (await readBootId(host))
}

async function readBootId(host: Host): Promise<string> {
  const id = await host.readText('/proc/sys/kernel/random/boot_id')
  if (id === undefined) throw new Error('the kernel does not tell the id of this boot')
  return id.trim()
}

function parseRecord(text: string | undefined): ProcessRecord | undefined {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as ProcessRecord
  } catch {
    return undefined // torn by a crash: the command line alone decides
  }
}
