/** Programs that work for long: told of as they go, ended when nobody wants their work any more. */
import { spawn } from 'node:child_process'
import { basename } from 'node:path'
import type { HostUser } from './host.ts'

export interface FollowOptions {
  /** What it prints to stdout, as it comes. */
  readonly onText?: (text: string) => void
  readonly signal?: AbortSignal
  readonly limitMs?: number
  /** Of its address space. */
  readonly maxBytes?: number
}

/** It ended with another code than 0, or was ended. Its message has the first line that it printed to stderr. */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed'
  /** Null: it was ended by a signal. */
  readonly exitCode: number | null
  readonly hasTimedOut: boolean

  constructor(text: string, exitCode: number | null, hasTimedOut: boolean) {
    super(text)
    this.exitCode = exitCode
    this.hasTimedOut = hasTimedOut
  }
}

const TAIL_CHARACTERS = 4096

/**
 * Runs a program to its end as QEMU's user. When the signal aborts, it is killed, and the call rejects with the signal's
 * reason once it is gone. It does not outlive us, however we end: nobody would know what it still writes to.
 * @throws ProgramFailed
 */
export async function follow(
  user: HostUser | null,
  program: string,
  args: readonly string[],
  { onText, signal, limitMs, maxBytes }: FollowOptions,
): Promise<void> {
  signal?.throwIfAborted()
  const limits = maxBytes === undefined ? [] : ['prlimit', `--as=${maxBytes}`, '--']
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...limits, program, ...args], {
    ...user,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', text => onText?.(text))
  child.stderr.setEncoding('utf8').on('data', text => {
    if (said.length < TAIL_CHARACTERS) said += text
  })
  let hasTimedOut = false
  const kill = () => {
    child.kill('SIGKILL')
    // Children of its own may have them open still; nobody waits for those.
    for (const stream of [child.stdout, child.stderr]) stream.destroy()
  }
  const timer =
    limitMs === undefined
      ? undefined
      : setTimeout(() => {
          hasTimedOut = true
          kill()
        }, limitMs)
  signal?.addEventListener('abort', kill)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  }).finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', kill)
  })
  signal?.throwIfAborted()
  if (code === 0) return
  const reason = hasTimedOut ? `not done after ${(limitMs ?? 0) / 1000} s` : (said.trim().split('\n')[0] ?? '')
  throw new ProgramFailed(`${basename(program)}: ${reason}`, code, hasTimedOut)
}
