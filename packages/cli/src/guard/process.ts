/** Telling a process from a later one that has got its number, and finding what a dead guard's command has left running. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** What is run has the guard's id in its environment under this name. */
export const GUARD_VARIABLE = 'RESTPOINT_GUARD'

/** Of a process that lives: the same for as long as it does, and no other's ever. Undefined: there is none. */
export async function markOf(pid: number): Promise<string | undefined> {
  const begun = process.platform === 'linux' ? await begunOnLinux(pid) : await begunByPs(pid)
  return begun && createHash('sha256').update(begun).digest('hex').slice(0, 16)
}

/** Ticks since boot, and which boot: both come again, together they do not. */
async function begunOnLinux(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The name before may hold anything, brackets too.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  const [state, ticks] = [fields[0], fields[19]]
  if (ticks === undefined || state === 'Z') return undefined
  return `${(await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()} ${ticks}`
}

async function begunByPs(pid: number): Promise<string | undefined> {
  const said = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined)
  return said?.stdout.trim() || undefined
}

/**
 * Processes whose environment says that this guard runs them. A guard that was killed could not end its command, and
 * that would go on with a server that was put back under its hands. Linux alone tells; elsewhere: none.
 */
export async function leftBy(guard: string): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const mine = Buffer.from(`${GUARD_VARIABLE}=${guard}\0`)
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async pid => {
      // Other people's cannot be read, and are not ours.
      const environment = await readFile(`/proc/${pid}/environ`).catch(() => undefined)
      return environment?.includes(mine) ? pid : undefined
    }),
  )
  return found.filter(pid => pid !== undefined)
}

/** Until none is left: one that is just starting another is not outrun. @returns how many there were. */
export async function endWhatWasLeftBy(guard: string): Promise<number> {
  const ended = new Set<number>()
  for (;;) {
    const left = await leftBy(guard)
    if (left.length === 0) return ended.size
    for (const pid of left) {
      ended.add(pid)
      signal(pid, 'SIGKILL')
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** A negative number: its whole group. One that is gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
