/**
 * The processes that have to do with a state folder, as /proc tells: who runs as its service, which QEMUs are its
 * machines, and who has which of its files open. Nothing is asked of the processes themselves, so one that hangs is
 * seen as well.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface SeenProcess {
  readonly pid: number
  readonly parent: number
  /** It was stopped by a signal (SIGSTOP), or by a debugger. */
  readonly isStopped: boolean
  readonly args: readonly string[]
  /** Files of the state folder; null where we may not look. */
  readonly open: readonly OpenFile[] | null
}

export interface OpenFile {
  readonly path: string
  readonly writes: boolean
}

/** Those that name one of these folders in their arguments, or have something in them open. Without ourselves. */
export function readProcesses(folders: readonly string[]): SeenProcess[] {
  const isWithin = (path: string) => folders.some(folder => path.startsWith(`${folder}/`))
  const seen: SeenProcess[] = []
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    const about = read(pid, isWithin)
    if (about && (about.args.some(names) || (about.open?.length ?? 0) > 0)) seen.push(about)
  }
  return seen

  function names(arg: string): boolean {
    return folders.some(folder => arg.includes(`${folder}/`) || arg.includes(`${folder.replaceAll(',', ',,')}/`))
  }
}

/** Undefined for one that has ended, or is about to. */
function read(pid: number, isWithin: (path: string) => boolean): SeenProcess | undefined {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field, the program's name, may hold spaces and parentheses: count from its end.
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return undefined
    return { pid, parent: Number(parent), isStopped: /[tT]/.test(state), args, open: openFiles(pid, isWithin) }
  } catch {
    return undefined
  }
}

function openFiles(pid: number, isWithin: (path: string) => boolean): OpenFile[] | null {
  const folder = `/proc/${pid}/fd`
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? null : []
  }
  return names.flatMap(name => {
    try {
      const path = readlinkSync(`${folder}/${name}`)
      if (!isWithin(path)) return []
      const flags = Number.parseInt(
        /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${name}`, 'utf8'))?.[1] ?? '',
        8,
      )
      // O_WRONLY and O_RDWR.
      return { path: path.replace(/ \(deleted\)$/, ''), writes: (flags & 3) !== 0 }
    } catch {
      return [] // closed meanwhile
    }
  })
}

/** The value of QEMU's -name, if this is a QEMU. */
export function machineNameOf({ args }: SeenProcess): string | undefined {
  return args[0]?.includes('qemu-system') ? args[args.indexOf('-name') + 1] : undefined
}

/** Paths of unix sockets that somebody is connected to, as their listener's end shows them. */
export function connectedSockets(): Set<string> {
  const CONNECTED = '03'
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n').slice(1)
  return new Set(
    lines.flatMap(line => {
      const [, , , , , state, , ...path] = line.trim().split(/ +/)
      return state === CONNECTED && path.length > 0 ? path.join(' ') : []
    }),
  )
}
