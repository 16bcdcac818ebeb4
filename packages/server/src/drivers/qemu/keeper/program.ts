import type { Agent } from '@restpoint/qmp/agent'
import { ConnectionClosed, QmpError, Timeout } from '@restpoint/qmp/errors'
import type { GuestProgram, ProgramOutput } from '../../driver.ts'
import type { ProgramStart, ProgramState } from './protocol.ts'
import { run } from './switch.ts'

/**
 * The most that an agent may say when a program has ended, with all that it has printed, which comes as base64. A server
 * runs no more than two at once, so a hostile agent has the keeper hold twice as much.
 */
const ANSWER_MAX_BYTES = 4 * 1024 * 1024
/** Of each of its outputs, the end of which is kept. */
const OUTPUT_MAX_BYTES = 64 * 1024
const SIGNAL_MAX = 64

/** Never throws for what the agent does: once the request is on its way, a lost answer says nothing. */
export async function startProgram(
  agent: Agent,
  { path, arguments: args }: GuestProgram,
  timeoutMs: number,
): Promise<ProgramStart> {
  try {
    const request = { path, arg: args, 'capture-output': true }
    const answer = await agent.execute<{ pid?: unknown }>('guest-exec', request, { timeoutMs })
    return typeof answer?.pid === 'number'
      ? { pid: answer.pid }
      : { unknown: 'the guest agent did not say what it has started' }
  } catch (error) {
    if (error instanceof QmpError) return { refused: error.message }
    if (error instanceof Timeout || error instanceof ConnectionClosed) return { unknown: error.message }
    throw error
  }
}

/** `refused`: by an agent that is frozen, or knows no such program (any more). Throws `Timeout` and `ConnectionClosed`. */
export async function askProgram(agent: Agent, pid: number, timeoutMs: number): Promise<ProgramState | 'refused'> {
  let answer: Record<string, unknown>
  try {
    const limits = { timeoutMs, maxBytes: ANSWER_MAX_BYTES }
    answer = (await agent.execute<Record<string, unknown>>('guest-exec-status', { pid }, limits)) ?? {}
  } catch (error) {
    if (error instanceof QmpError) return 'refused'
    // The agent has told it once, and does not tell it again.
    if (error instanceof ConnectionClosed && error.reason === 'too_large')
      return { lost: 'it ended, and has printed more than can be taken (about 3 MB); have it write to a file' }
    throw error
  }
  if (answer['exited'] === false) return 'runs'
  const exitCode = whole(answer['exitcode'], 2 ** 32)
  const signal = whole(answer['signal'], SIGNAL_MAX)
  if (answer['exited'] !== true || (exitCode === null) === (signal === null))
    return { lost: 'what the guest agent said of it makes no sense' }
  const stdout = output(answer['out-data'], answer['out-truncated'])
  return { exitCode, signal, stdout, stderr: output(answer['err-data'], answer['err-truncated']) }
}

/** Best effort. The number is still the program's: the agent keeps it until it has told of its end. */
export async function killProgram(agent: Agent, pid: number, timeoutMs: number): Promise<void> {
  const killer = await run(agent, 'kill -KILL "$1"', ['sh', `${pid}`], timeoutMs)
  // Collected, or the agent would keep its end for ever.
  for (const until = performance.now() + timeoutMs; killer !== null && performance.now() < until; ) {
    if ((await askProgram(agent, killer, timeoutMs)) !== 'runs') return
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

function whole(value: unknown, below: number): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < below ? (value as number) : null
}

function output(data: unknown, isTruncated: unknown): ProgramOutput {
  const bytes = Buffer.from(typeof data === 'string' ? data : '', 'base64')
  const isCut = bytes.length > OUTPUT_MAX_BYTES
  let from = isCut ? bytes.length - OUTPUT_MAX_BYTES : 0
  // Not in the middle of a character.
  while (isCut && from < bytes.length && ((bytes[from] as number) & 0xc0) === 0x80) from++
  return { text: bytes.subarray(from).toString('utf8'), isCut: isCut || isTruncated === true }
}
