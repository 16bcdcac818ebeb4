/** Runs a command in the guest, through the service and the guest's agent. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Execution } from '@restpoint/sdk/source'
import { cleaned } from '../terminal/clean.ts'
import { type Ended, endedBy } from './ended.ts'
import { type Hands, newKey } from './hands.ts'
import { insist } from './insist.ts'
import { type Interrupt, interruptInWords } from './interrupts.ts'

/** The most that the service lets a program run. */
const LONGEST_SECONDS = 86_400
const FIRST_PAUSE_MS = 30
const LONGEST_PAUSE_MS = 1_000

export interface InGuest {
  /** Seconds. */
  readonly timeout: number | undefined
  readonly stdout: NodeJS.WritableStream
}

/** What is to be run, as the API takes it. */
export function programOf([program = '', ...rest]: readonly string[], timeout = LONGEST_SECONDS) {
  return { program, arguments: [...rest], timeout_seconds: Math.min(timeout, LONGEST_SECONDS) }
}

export async function runInGuest(words: readonly string[], hands: Hands, how: InGuest): Promise<Ended> {
  const ending = new AbortController()
  let interrupt: Interrupt | undefined
  const onInterrupt = (name: Interrupt) => {
    interrupt = name
    ending.abort()
  }
  const ended = await hands.interrupts.during(onInterrupt, () => run(words, hands, how, ending.signal))
  if (!interrupt || ended.how === 'not_started') return ended
  // It is not asked to end: the restore takes the machine from under it.
  return broken('interrupted', `was interrupted (${interruptInWords[interrupt]})`)
}

async function run(words: readonly string[], hands: Hands, how: InGuest, signal: AbortSignal): Promise<Ended> {
  const { restpoint, scope } = hands.connected
  const { id } = hands.file.journal.server
  let execution: Execution
  try {
    const options = { ...scope, idempotencyKey: newKey(), retries: 0, signal }
    const program = programOf(words, how.timeout)
    execution = await insist(() => restpoint.servers.exec(id, program, options), { signal })
  } catch (error) {
    const { name, message } = error as Error
    return name === 'RestpointError'
      ? broken('not_started', `could not be started: ${message}`)
      : broken('unknown', 'may have been started, and nobody can say how it ended')
  }
  try {
    for (
      let pauseMs = FIRST_PAUSE_MS;
      execution.status === 'running';
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)
    ) {
      await sleep(pauseMs, undefined, { signal })
      const { id: which } = execution
      execution = await insist(() => restpoint.servers.execution(id, which, { ...scope, retries: 0, signal }), {
        signal,
      })
    }
  } catch (error) {
    const { message, cause } = error as Error
    return broken('unknown', `may have run to its end or not: ${(cause as Error | undefined)?.message ?? message}`)
  }
  show(execution, how.stdout)
  return endedAs(execution)
}

function endedAs({ status, exit_code, signal, error }: Execution): Ended {
  if (status === 'exited') return endedBy(exit_code, signal === null ? null : `signal ${signal}`)
  const told = error ? `${error.title}: ${error.detail}` : `is ${status}`
  if (status === 'failed' && error?.code === 'deadline_exceeded') return broken('timed_out', `failed. ${told}`)
  return broken(status === 'failed' ? 'not_started' : 'unknown', `failed. ${told}`)
}

/** What a guest has written goes to the terminal line by line, without anything that a terminal would obey. */
function show({ stdout, stderr, truncated }: Execution, to: NodeJS.WritableStream): void {
  if (truncated) process.stderr.write('Only the end of what it printed is here.\n')
  to.write(printable(stdout))
  process.stderr.write(printable(stderr))
}

function printable(text: string): string {
  return text.split(/\r?\n/).map(cleaned).join('\n')
}

function broken(how: Ended['how'], told: string): Ended {
  return { how, exit_code: null, signal: null, told }
}
