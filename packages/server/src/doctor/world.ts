/** All that an examination looks at, as it is at one look; each part is looked at when it is first asked for. */
import { join } from 'node:path'
import type { Db } from '../db/database.ts'
import type { Host } from '../drivers/qemu/host.ts'
import { type GuestPaths, guestPaths } from '../drivers/qemu/paths.ts'
import { type Survey, survey } from '../drivers/qemu/survey.ts'
import { namesIn, statsOf } from './files.ts'
import { ask, machinesAmong, type SeenMachine, type Told } from './machines.ts'
import type { ExamineOptions } from './options.ts'
import { connectedSockets, readProcesses, type SeenProcess } from './processes.ts'
import { type Rows, readRows } from './rows.ts'

export interface World {
  readonly stateDir: string
  /** Without links in it: how the kernel names files. */
  readonly realDir: string
  readonly paths: GuestPaths
  readonly options: ExamineOptions
  readonly host: Pick<Host, 'run' | 'readStart' | 'fileSize' | 'freeBytes'>
  readonly now: number
  /** For what is not in `rows`. */
  readonly db: Db
  readonly rows: Rows
  readonly files: Survey
  readonly processes: readonly SeenProcess[]
  /** The QEMUs among them. */
  readonly machines: readonly SeenMachine[]
  /** Who has the lock of the state folder. */
  readonly service: SeenProcess | undefined
  /** The service runs, and is not stopped by a signal. */
  readonly isServed: boolean
  /** Names in `guests/machines`. */
  readonly folders: readonly string[]
  /** What it says of itself, or why it does not. */
  tell(machine: SeenMachine): Promise<Told | Error>
  /** Whether somebody is connected to this socket. */
  isConnected(socket: string): boolean
  /** When the file was last written, moved or renamed, epoch ms; undefined when it is not there. */
  changedAt(path: string): number | undefined
}

export type Surroundings = Pick<World, 'stateDir' | 'realDir' | 'options' | 'host' | 'db'>

export async function look(surroundings: Surroundings): Promise<World> {
  const { stateDir, realDir, db, host } = surroundings
  const paths = guestPaths(stateDir)
  const processes = readProcesses([...new Set([stateDir, realDir])])
  // Rows last: what the others show is made after its row and gone before it.
  const files = await surveyed(host, stateDir)
  const folders = namesIn(paths.machines)
  const rows = await readRows(db)
  const machines = machinesAmong(processes)
  const service = processes.find(({ open }) => open?.some(({ path }) => path === join(realDir, 'lock')))
  const told = new Map<SeenMachine, Promise<Told | Error>>()
  let connected: Set<string> | undefined
  return {
    ...surroundings,
    paths,
    now: Date.now(),
    rows,
    files,
    processes,
    machines,
    service,
    isServed: service?.isStopped === false,
    folders,
    tell(machine) {
      const answer = told.get(machine) ?? ask(paths, machine).catch((error: Error) => error)
      told.set(machine, answer)
      return answer
    },
    isConnected: socket => (connected ??= connectedSockets()).has(socket),
    changedAt: path => statsOf(path)?.ctimeMs,
  }
}

/** What goes between the listing and the look at it is not there any more: listed again. */
async function surveyed(host: World['host'], stateDir: string): Promise<Survey> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await survey(host, stateDir)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 10) throw error
    }
  }
}
