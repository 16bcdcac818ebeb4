/**
 * What a guard is about to do, written down before it does it, so that whoever comes after one that was killed knows
 * what may have happened, and asks the service what did.
 *
 * The state folder has a folder for each server that is guarded, and in it one file. Its name says whose it is: number and
 * mark of the process. So nobody has two guards on one server (the folder comes into being with its file, by a rename that
 * fails where there is one already), a living guard is never taken for a dead one, and of two who would end the same
 * dead one only the first can rename its file to their own name.
 *
 * No token and nothing of the command is in it: both may be secret.
 */
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, rmdir, unlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { CliError } from '../failure.ts'
import { markOf } from './process.ts'

/**
 * `snapshot`: it is being taken, nothing was run. `dropped`: nothing was run and nothing will be, it goes. `command`: what
 * is run may have begun. `succeeded`: it has ended well. `failed`: it has not, the server is to be put back.
 */
export type Phase = 'snapshot' | 'dropped' | 'command' | 'succeeded' | 'failed'

export interface Journal {
  /** Random: in the snapshot's description, and in the environment of what is run. */
  readonly guard: string
  readonly begun_at: string
  /** Of this computer. */
  readonly host: string
  readonly url: string
  /** Whose token has begun it. */
  readonly email: string
  /** As `--account` said. */
  readonly account_id: number | null
  readonly server: { readonly id: number; readonly name: string }
  /** How the server was before. */
  readonly was: { readonly running: boolean; readonly agent: boolean }
  readonly on_success: OnSuccess
  readonly phase: Phase
  /** Why it has failed, for people. */
  readonly reason: string | null
  readonly snapshot: {
    readonly name: string
    /** Idempotency-Key of its request, which is always the same to the letter. */
    readonly key: string
    readonly id: number | null
  }
  readonly restore: { readonly key: string; readonly operation_id: number | null }
}

export type OnSuccess = 'keep' | 'delete'

export function guardsFolder(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(env['XDG_STATE_HOME'] || path.join(homedir(), '.local/state'), 'restpoint/guards')
}

/** One that was found. */
export interface Found {
  readonly folder: string
  readonly file: string
  readonly isAlive: boolean
  readonly journal: Journal
}

/** The journal of a guard that is ours. */
export class JournalFile {
  readonly #folder: string
  readonly #file: string
  #journal: Journal

  private constructor(folder: string, file: string, journal: Journal) {
    this.#folder = folder
    this.#file = file
    this.#journal = journal
  }

  get journal(): Journal {
    return this.#journal
  }

  /** @throws CliError `blocked` where the server has a guard, `failed` where it cannot be written. Then nothing was begun. */
  static async begin(journal: Journal): Promise<JournalFile> {
    const guards = guardsFolder()
    const folder = path.join(guards, folderName(journal))
    const draft = path.join(guards, `.new-${process.pid}-${journal.guard}`)
    const name = await ownName()
    try {
      await mkdir(draft, { recursive: true, mode: 0o700 })
      await write(path.join(draft, name), journal)
      await syncFolder(draft)
      // Onto an empty folder, which one that died at its very end has left, this succeeds.
      await rename(draft, folder)
      await syncFolder(guards)
      return new JournalFile(folder, path.join(folder, name), journal)
    } catch (error) {
      await rm(draft, { recursive: true, force: true })
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOTEMPTY' || code === 'EEXIST') throw refusal(journal.server, await read(folder))
      if (code)
        throw new CliError('failed', `${guards} cannot be written: ${code}.`, 'Nothing was begun. Make it writable.')
      throw error
    }
  }

  /** @throws CliError `blocked` where somebody else was faster. */
  static async takeOver({ folder, file, journal }: Found): Promise<JournalFile> {
    const own = path.join(folder, await ownName())
    try {
      await rename(file, own)
      await syncFolder(folder)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      throw new CliError('blocked', `The guard of ${journal.server.name} is being ended by another process.`, 'Wait.')
    }
    return new JournalFile(folder, own, journal)
  }

  /** Durable when it resolves. */
  async update(changes: Partial<Journal>): Promise<void> {
    const journal = { ...this.#journal, ...changes }
    const draft = `${this.#file}.new`
    await write(draft, journal)
    await rename(draft, this.#file)
    await syncFolder(this.#folder)
    this.#journal = journal
  }

  /** Nothing is left to do. */
  async end(): Promise<void> {
    await unlink(this.#file)
    await rm(`${this.#file}.new`, { force: true })
    // An empty one is in nobody's way.
    await rmdir(this.#folder).catch(() => {})
  }
}

/** Every guard of this user that has not come to its end, living ones too. @throws CliError for a journal that is none. */
export async function findGuards(): Promise<Found[]> {
  const guards = guardsFolder()
  const names = await readdir(guards).catch(missing)
  const found = await Promise.all(names.filter(isPlain).map(name => read(path.join(guards, name))))
  return found.filter(one => one !== undefined)
}

async function read(folder: string): Promise<Found | undefined> {
  const names = await readdir(folder).catch(missing)
  const name = names.find(one => /^\d+-[0-9a-f]+\.json$/.test(one))
  if (name === undefined) return undefined
  const file = path.join(folder, name)
  const [pid, mark] = name.slice(0, -'.json'.length).split('-')
  const isAlive = (await markOf(Number(pid))) === mark
  try {
    return { folder, file, isAlive, journal: JSON.parse(await readFile(file, 'utf8')) as Journal }
  } catch (error) {
    // It came to its end, or was taken over, in this moment.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new CliError('failed', `${file} is no journal of a guard.`, 'Look at its server, and remove the file.')
  }
}

function refusal(server: Journal['server'], found: Found | undefined): CliError {
  return found && !found.isAlive
    ? new CliError(
        'blocked',
        `${server.name} has a guard that has not come to its end: ${found.journal.guard}, of ${found.journal.begun_at}.`,
        `End it first: restpoint guard --resume ${server.id}`,
      )
    : new CliError('blocked', `${server.name} is being guarded.`, 'Wait for the end of that guard.')
}

/** One for each server of each service. */
function folderName({ url, server }: Pick<Journal, 'url' | 'server'>): string {
  return createHash('sha256')
    .update(`${url.replace(/\/+$/, '')} ${server.id}`)
    .digest('hex')
    .slice(0, 32)
}

async function ownName(): Promise<string> {
  return `${process.pid}-${await markOf(process.pid)}.json`
}

async function write(file: string, journal: Journal): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(journal, null, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function isPlain(name: string): boolean {
  return !name.startsWith('.')
}

function missing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
  throw error
}
