/**
 * Every side effect of this driver on the host: files, processes, monitors, guest agents. One port, so that a test can
 * fail the Nth effect, or do it and lose the reply.
 */
import { execFile, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { chown, mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { Monitor } from '@restpoint/qmp/monitor'
import { type Keeper, startKeeper } from './keeper/client.ts'

export interface HostUser {
  readonly uid: number
  readonly gid: number
}

export interface Host {
  readonly keeper: Keeper
  /** Runs a program to its end as the QEMU user; stdout. Throws with the first line of stderr. */
  run(program: string, args: readonly string[], cwd?: string): Promise<string>
  /** Starts a program that outlives us, its output going to `log`; its pid. */
  launch(program: string, args: readonly string[], log: string): Promise<number>
  connect(socket: string, timeoutMs: number): Promise<Monitor>
  kill(pid: number, signal: NodeJS.Signals): void
  makeFolder(path: string): Promise<void>
  listFolder(path: string): Promise<string[]>
  removeFolder(path: string): Promise<void>
  writeText(path: string, text: string): Promise<void>
  /** Undefined when it is not there. */
  readText(path: string): Promise<string | undefined>
  /** Undefined when it is not there. */
  fileSize(path: string): Promise<{ allocated: number; apparent: number } | undefined>
  /** The first bytes of a file, fewer if it is shorter. */
  readStart(path: string, length: number): Promise<Buffer>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  /** Makes a file's content, or a folder's entries, survive a power cut. */
  sync(path: string): Promise<void>
  freeBytes(path: string): Promise<number>
}

const execute = promisify(execFile)

export function realHost(user: HostUser | null): Host {
  const credentials = user ?? {}
  return {
    keeper: startKeeper(),
    async run(program, args, cwd) {
      try {
        const { stdout } = await execute(program, [...args], {
          ...credentials,
          ...(cwd === undefined ? {} : { cwd }),
          timeout: 60_000,
          maxBuffer: 16 * 1024 * 1024,
          // The C locale: what is read back must not depend on the operator's language.
          env: { PATH: process.env['PATH'], LC_ALL: 'C' },
        })
        return stdout
      } catch (error) {
        const { stderr, code } = error as { stderr?: string; code?: unknown }
        const reason = stderr?.trim().split('\n')[0] ?? String(error)
        throw Object.assign(new Error(`${basename(program)}: ${reason}`), { exitCode: code })
      }
    },
    async launch(program, args, log) {
      const output = openSync(log, 'a', 0o600)
      try {
        if (user) await chown(log, user.uid, user.gid)
        const child = spawn(program, [...args], {
          ...credentials,
          detached: true,
          stdio: ['ignore', output, output],
          env: { PATH: process.env['PATH'], LC_ALL: 'C' },
        })
        const pid = await new Promise<number>((resolve, reject) => {
          child.once('error', reject)
          child.once('spawn', () => resolve(child.pid as number))
        })
        child.unref()
        return pid
      } finally {
        closeSync(output)
      }
    },
    connect: (socket, timeoutMs) => Monitor.connect(socket, { timeoutMs }),
    kill(pid, signal) {
      try {
        process.kill(pid, signal)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    },
    async makeFolder(path) {
      await mkdir(path, { recursive: true, mode: 0o700 })
      if (user) await chown(path, user.uid, user.gid)
    },
    listFolder: path => readdir(path).catch(ifAbsent<string[]>([])),
    removeFolder: path => rm(path, { recursive: true, force: true }),
    writeText: (path, text) => writeFile(path, text, { mode: 0o600, flush: true }),
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

function ifAbsent<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return error => {
    if (error.code === 'ENOENT') return value
    throw error
  }
}
