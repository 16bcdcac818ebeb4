/** Runs a command here, as it was given and without a shell, in a process group of its own that can be ended as a whole. */
import { type ChildProcess, spawn } from 'node:child_process'
import { type Ended, endedBy } from './ended.ts'
import { type Interrupt, type Interrupts, interruptInWords } from './interrupts.ts'
import { GUARD_VARIABLE, signal } from './process.ts'

export interface Running {
  readonly guard: string
  readonly interrupts: Interrupts
  readonly timeoutMs: number | undefined
  /** Where its standard output goes: ours, or, where that is spoken for, our standard error. */
  readonly stdout: 'inherit' | 2
  readonly stdin: 'inherit' | 'ignore'
}

/** From being asked to end until being killed. */
const GRACE_MS = 10_000

export async function runCommand([program = '', ...args]: readonly string[], running: Running): Promise<Ended> {
  const { guard, interrupts, timeoutMs, stdin, stdout } = running
  const child = spawn(program, args, {
    env: { ...process.env, [GUARD_VARIABLE]: guard },
    stdio: [stdin, stdout, 'inherit'],
    // A session of its own: Ctrl-C is ours to hear, and its group can be ended without us.
    detached: true,
  })
  let why: Pick<Ended, 'how' | 'told'> | undefined
  let grace: NodeJS.Timeout | undefined
  const end = (first: NodeJS.Signals, reason: Pick<Ended, 'how' | 'told'>) => {
    // Asked for a second time: no more patience.
    signalGroup(child, why ? 'SIGKILL' : first)
    why ??= reason
    grace ??= setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS)
  }
  const onInterrupt = (name: Interrupt) =>
    end(name, { how: 'interrupted', told: `was interrupted (${interruptInWords[name]})` })
  const limit =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          end('SIGTERM', { how: 'timed_out', told: `had not ended after ${timeoutMs / 1000} s` })
        }, timeoutMs)
  try {
    return await interrupts.during(onInterrupt, async () => {
      const ended = await endOf(child)
      // What it has left behind in its group must not go on with a server that is put back.
      if (why || ended.exit_code !== 0) signalGroup(child, 'SIGKILL')
      return ended.how === 'not_started' ? ended : { ...ended, ...why }
    })
  } finally {
    clearTimeout(limit)
    clearTimeout(grace)
  }
}

function endOf(child: ChildProcess): Promise<Ended> {
  return new Promise(resolve => {
    child.once('error', ({ code }: NodeJS.ErrnoException) => {
      // An error of a running one (a signal that could not be sent) is not its end.
      if (child.pid === undefined)
        resolve({ how: 'not_started', exit_code: null, signal: null, told: `could not be started: ${code}` })
    })
    child.once('exit', (code, name) => resolve(endedBy(code, name)))
  })
}

function signalGroup({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid !== undefined) signal(-pid, name)
}
