/**
 * Every side effect of this driver on the host: files, processes, monitors, guest agents. One port, so that a test can
 * fail the Nth effect, or do it and lose the reply.
 */
import { execFile, spawn } from 'node:child_process'
import { constants } from 'node:fs'
import {
  chmod,
  lchown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  statfs,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename } from 'node:path'
import type { Duplex } from 'node:stream'
import { promisify } from 'node:util'
import { Monitor } from '@restpoint/qmp/monitor'
import { type FollowOptions, follow } from './follow.ts'
import { openSource, type SourceFile } from './images/source-file.ts'
import { type Keeper, startKeeper } from './keeper/client.ts'
import { type NewFile, openNew, openOwn } from './own-file.ts'
import { openSocket } from './own-socket.ts'
import { type CommandLine, rightsRemover } from './rights.ts'

export interface HostUser {
  readonly uid: number
  readonly gid: number
}

export interface Host {
  /** Epoch ms. */
  now(): number
  readonly keeper: Keeper
  /** Of the user that QEMU runs as. */
  readonly qemuUid: number
  /** Runs a program to its end as the QEMU user; stdout. Throws with the first line of stderr. */
  run(program: string, args: readonly string[], cwd?: string): Promise<string>
  /** As `run`, but with the service's own rights: for what is to be changed on the host itself. */
  administer(program: string, args: readonly string[]): Promise<string>
  /** As `run`, for what takes long: told of as it goes, ended with us or when the signal aborts. Throws `ProgramFailed`. */
  follow(program: string, args: readonly string[], options: FollowOptions): Promise<void>
  /** Starts a program that outlives us, its output going to `log`; its pid. */
  launch(program: string, args: readonly string[], log: string): Promise<number>
  connect(socket: string, timeoutMs: number): Promise<Monitor>
  /** A socket of QEMU's user's, for bytes as they are. Throws on a link. */
  openSocket(path: string): Promise<Duplex>
  /** Whether a port of the host's loopback is free for us. */
  canListen(port: number): Promise<boolean>
  kill(pid: number, signal: NodeJS.Signals): void
  /** The folder is QEMU's user's own, or the service's, in which QEMU can only pass through. Throws on a link. */
  makeFolder(path: string, owner?: 'qemu' | 'service'): Promise<void>
  listFolder(path: string): Promise<string[]>
  removeFolder(path: string): Promise<void>
  /** Durably. Throws on a link. */
  writeText(path: string, text: string): Promise<void>
  /** Undefined when it is not there. */
  readText(path: string): Promise<string | undefined>
  /** Undefined when it is not there. */
  fileSize(path: string): Promise<{ allocated: number; apparent: number } | undefined>
  /** The first bytes of a file, fewer if it is shorter. */
  readStart(path: string, length: number): Promise<Buffer>
  /** Somebody else's file, for reading. Throws `NotAPlainFile` before it opens anything else. */
  openSource(path: string): Promise<SourceFile>
  /** A new file of QEMU's user; `existing`: a reflink has made it. */
  openNew(path: string, options?: { existing: boolean }): Promise<NewFile>
  /** Without links in it. */
  realPath(path: string): Promise<string>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  /** Makes a file's content, or a folder's entries, survive a power cut. */
  sync(path: string): Promise<void>
  freeBytes(path: string): Promise<number>
}

const execute = promisify(execFile)

export function realHost(user: HostUser | null): Host {
  const withoutRights = rightsRemover()
  const qemuUid = user?.uid ?? process.geteuid?.() ?? 0
  return {
    now: Date.now,
    keeper: startKeeper(),
    qemuUid,
    run: (program, args, cwd) =>
      toItsEnd(withoutRights(program, args), { ...user, ...(cwd === undefined ? {} : { cwd }) }),
    administer: (program, args) => toItsEnd([program, args], {}),
    follow: (program, args, options) => follow(user, ...withoutRights(program, args), options),
    async launch(program, args, log) {
      const output = await openOwn(log, constants.O_APPEND)
      try {
        if (user) await output.chown(user.uid, user.gid)
        const [started, itsArgs] = withoutRights(program, args)
        const child = spawn(started, [...itsArgs], {
          ...user,
          detached: true,
          stdio: ['ignore', output.fd, output.fd],
          env: { PATH: process.env['PATH'], LC_ALL: 'C' },
        })
        const pid = await new Promise<number>((resolve, reject) => {
          child.once('error', reject)
          child.once('spawn', () => resolve(child.pid as number))
        })
        child.unref()
        return pid
      } finally {
        await output.close()
      }
    },
    connect: (socket, timeoutMs) => Monitor.connect(socket, { timeoutMs }),
    openSocket: path => openSocket(path, qemuUid),
    canListen: port =>
      new Promise((resolve, reject) => {
        const server = createServer()
        server.once('error', (error: NodeJS.ErrnoException) => {
          if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false)
          else reject(error)
        })
        server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
      }),
    kill(pid, signal) {
      try {
        process.kill(pid, signal)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    },
    async makeFolder(path, owner = 'qemu') {
      await mkdir(path, { recursive: true, mode: 0o700 })
      if (!(await lstat(path)).isDirectory()) throw new Error(`${path} is not a folder`)
      if (!user) return
      if (owner === 'qemu') return lchown(path, user.uid, user.gid)
      await lchown(path, process.geteuid?.() ?? 0, process.getegid?.() ?? 0)
      await chmod(path, 0o711)
    },
    listFolder: path => readdir(path).catch(ifAbsent<string[]>([])),
    removeFolder: path => rm(path, { recursive: true, force: true }),
    async writeText(path, text) {
      const file = await openOwn(path, 0)
      try {
        await file.truncate()
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
    },
    readText: path => readFile(path, 'utf8').catch(ifAbsent(undefined)),
    fileSize: path =>
      stat(path)
        .then(file => ({ allocated: file.blocks * 512, apparent: file.size }))
        .catch(ifAbsent(undefined)),
    async readStart(path, length) {
      const handle = await open(path, 'r')
      try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0)
        return buffer.subarray(0, bytesRead)
      } finally {
        await handle.close()
      }
    },
    openSource,
    openNew: (path, options) => openNew(path, user, options),
    realPath: path => realpath(path),
    rename,
    unlink: path => rm(path, { force: true }),
    async sync(path) {
      const handle = await open(path, 'r')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
    async freeBytes(path) {
      const { bavail, bsize } = await statfs(path)
      return bavail * bsize
    },
  }
}

async function toItsEnd(
  [program, args]: CommandLine,
  options: { uid?: number; gid?: number; cwd?: string },
): Promise<string> {
  try {
    const { stdout } = await execute(program, [...args], {
      ...options,
      timeout: 60_000,
      // `qemu-img map` says some 120 bytes an extent. Below the longest string of V8, 512 MiB.
      maxBuffer: 500 * 1024 * 1024,
      // The C locale: what is read back must not depend on the operator's language.
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    })
    return stdout
  } catch (error) {
    const { stderr, code } = error as { stderr?: string; code?: unknown }
    const reason = stderr?.trim().split('\n')[0] || String(error)
    throw Object.assign(new Error(`${basename(program)}: ${reason}`), { exitCode: code })
  }
}

/** The program is not there, or came to its end and said no. Anything else leaves open what it has done. */
export function isRefusal(error: unknown): boolean {
  const { exitCode } = error as { exitCode?: unknown }
  return typeof exitCode === 'number' || exitCode === 'ENOENT'
}

function ifAbsent<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return error => {
    if (error.code === 'ENOENT') return value
    throw error
  }
}
