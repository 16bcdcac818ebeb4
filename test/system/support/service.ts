/** The real service as a process of its own, on a state folder that a test may look into, kill and start again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { killMachines } from './machines.ts'

const main = resolve(import.meta.dirname, '../../../packages/server/src/main.ts')

export interface RunningService {
  readonly url: string
  readonly token: string
  readonly stateDir: string
  readonly process: ChildProcess
  /** What it has said so far, stdout and stderr. */
  output(): string
  /** SIGKILL, and gone. Servers run on. */
  kill(): Promise<void>
  /** SIGTERM, and gone; its exit code. Servers run on. */
  stop(): Promise<number | null>
}

export interface ServiceOptions {
  readonly stateDir: string
  readonly env?: Record<string, string>
  /** Another entry point than `main.ts`: one that fails where the test says. */
  readonly entry?: string
}

export async function newStateDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'restpoint-test-'))
}

export async function startService({ stateDir, env = {}, entry = main }: ServiceOptions): Promise<RunningService> {
  const port = await freePort()
  const child = spawn(process.execPath, [entry], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...withoutOurs(process.env),
      RESTPOINT_STATE_DIR: stateDir,
      RESTPOINT_LISTEN: `127.0.0.1:${port}`,
      RESTPOINT_ACCEL: 'tcg',
      RESTPOINT_RESERVE_MB: '64',
      // A console has one at a time, and most tests type themselves (serial.ts).
      RESTPOINT_TERMINAL: 'off',
      ...env,
    },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (said += chunk))
  const ended = new Promise<number | null>(done => child.once('exit', code => done(code)))
  const url = `http://127.0.0.1:${port}`
  for (const deadline = Date.now() + 120_000; ; await sleep(20)) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      throw new Error(`the service did not come up:\n${said}`)
    }
    if (said.includes('Restpoint is ready')) break
  }
  const token = (await readFile(join(stateDir, 'admin-token'), 'utf8')).trim()
  return {
    url,
    token,
    stateDir,
    process: child,
    output: () => said,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** Everything of a state folder goes: the machines that run on it, then the folder. */
export async function removeState(stateDir: string): Promise<void> {
  await killMachines(stateDir)
  await rm(stateDir, { recursive: true, force: true })
}

export function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('RESTPOINT_')))
}

export function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? done(address.port) : failed(new Error('no port'))))
    })
  })
}
