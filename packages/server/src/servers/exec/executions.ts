/**
 * Programs that are run in guests, and what became of them.
 *
 * This is no operation. An operation is durable, and what of it may or may not have happened is done again; a program is
 * somebody else's, and nobody knows what doing it twice would do. So each is started at most once, and where its end
 * cannot be told – the agent was lost, the guest rebooted, this service was restarted – that is what is said.
 *
 * Arguments and output may hold secrets. They live here, in memory, on their way to the guest and for a while after the
 * program's end, and nowhere else: in no row, no log, no file. Of the request only the digest is kept that its
 * Idempotency-Key is held against.
 */
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Driver, GuestProcess, GuestProgram, ProgramEnd } from '../../drivers/driver.ts'
import { catalogue, type ErrorCode, Failure } from '../../errors.ts'
import { toTime, toTimeOrNull } from '../../http/times.ts'
import type { Execution, ExecutionStatus } from './schemas.ts'

export interface ExecutionsOptions {
  readonly driver: Pick<Driver, 'startProgram' | 'programEnd' | 'killProgram'>
  readonly now: () => number
}

/** At once in one server: each may have its agent say some megabytes when it ends. */
const RUNNING_MAX = 2
const RETRY_AFTER = 2
const KEPT_MS = 15 * 60_000
/** Of one server that have ended; older ones go first. */
const KEPT_MAX = 16
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500
/** From the end of its time until it is given up. */
const ENDING_MS = 5_000

interface State {
  readonly id: number
  readonly serverId: number
  readonly startedAt: number
  status: ExecutionStatus
  endedAt: number | null
  end: ProgramEnd | null
  error: { readonly code: ErrorCode; readonly detail: string } | null
}

export class Executions {
  readonly #options: ExecutionsOptions
  /** Server → those of it, oldest first. */
  readonly #states = new Map<number, Map<number, State>>()
  readonly #stopping = new AbortController()

  constructor(options: ExecutionsOptions) {
    this.#options = options
  }

  /** One that has not begun. Random ids: one that an earlier service gave away is never another program's. */
  prepare(serverId: number): Execution {
    const startedAt = this.#options.now()
    const id = randomInt(1, 2 ** 47)
    return toExecution({ id, serverId, startedAt, status: 'running', endedAt: null, end: null, error: null })
  }

  /** Why no further one can be started in this server now; undefined: it can. */
  refusal(serverId: number): Failure | undefined {
    const running = this.#of(serverId).filter(({ status }) => status === 'running')
    if (running.length < RUNNING_MAX) return undefined
    const detail = `Server ${serverId} runs ${running.length} programs already.`
    return new Failure('server_busy', detail, { retryAfter: RETRY_AFTER })
  }

  /** Resolves at once; what becomes of it is told by `read`. */
  start({ id, server_id: serverId }: Execution, program: GuestProgram, timeoutSeconds: number): void {
    this.#forget()
    const startedAt = this.#options.now()
    const state: State = { id, serverId, startedAt, status: 'running', endedAt: null, end: null, error: null }
    const states = this.#states.get(serverId) ?? new Map<number, State>()
    this.#states.set(serverId, states.set(id, state))
    void this.#run(state, program, timeoutSeconds * 1000)
  }

  /** Undefined: there is none, or nobody knows of it any more. */
  read(serverId: number, id: number): Execution | undefined {
    this.#forget()
    const state = this.#states.get(serverId)?.get(id)
    return state && toExecution(state)
  }

  /** Programs run on, and nobody hears of their ends. */
  stop(): void {
    this.#stopping.abort()
  }

  async #run(state: State, program: GuestProgram, timeoutMs: number): Promise<void> {
    const { driver } = this.#options
    const { serverId } = state
    const deadline = performance.now() + timeoutMs
    let process: GuestProcess
    try {
      process = await driver.startProgram(serverId, program)
    } catch (error) {
      if (error instanceof Failure) return this.#end(state, 'failed', error.code, error.message)
      return this.#end(state, 'unknown', 'outcome_unknown', 'The guest agent did not say whether it has started it.')
    }
    if (await this.#follow(state, process, deadline)) return
    await driver.killProgram(serverId, process).catch(() => {})
    const told = `It took longer than ${timeoutMs / 1000} seconds`
    if (await this.#follow(state, process, performance.now() + ENDING_MS)) {
      // By itself, in the last moment, or by us.
      if (state.status === 'exited' && state.end?.exitCode === null)
        this.#end(state, 'failed', 'deadline_exceeded', `${told} and was ended.`)
      return
    }
    this.#end(state, 'unknown', 'outcome_unknown', `${told}, and could not be ended. It may run on.`)
  }

  /** @returns whether it is over. A question that fails is asked again. */
  async #follow(state: State, process: GuestProcess, deadline: number): Promise<boolean> {
    const { signal } = this.#stopping
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)) {
      try {
        const end = await this.#options.driver.programEnd(state.serverId, process)
        if (end) {
          state.end = end
          this.#end(state, 'exited')
          return true
        }
      } catch (error) {
        if (error instanceof Failure && error.code === 'outcome_unknown') {
          this.#end(state, 'unknown', error.code, error.message)
          return true
        }
      }
      const left = deadline - performance.now()
      if (left <= 0) return false
      await sleep(Math.min(pauseMs, left), undefined, { signal, ref: false }).catch(() => {})
    }
    return true
  }

  #end(state: State, status: ExecutionStatus, code?: ErrorCode, detail = ''): void {
    state.status = status
    state.error = code === undefined ? null : { code, detail }
    state.endedAt = this.#options.now()
  }

  #of(serverId: number): State[] {
    return [...(this.#states.get(serverId)?.values() ?? [])]
  }

  #forget(): void {
    const oldest = this.#options.now() - KEPT_MS
    for (const [serverId, states] of this.#states) {
      const ended = this.#of(serverId).filter(({ endedAt }) => endedAt !== null)
      const surplus = ended.slice(0, Math.max(0, ended.length - KEPT_MAX))
      for (const state of ended) {
        if ((state.endedAt as number) < oldest || surplus.includes(state)) states.delete(state.id)
      }
      if (states.size === 0) this.#states.delete(serverId)
    }
  }
}

function toExecution({ id, serverId, status, end, error, startedAt, endedAt }: State): Execution {
  return {
    id,
    server_id: serverId,
    status,
    exit_code: end?.exitCode ?? null,
    signal: end?.signal ?? null,
    stdout: end?.stdout.text ?? '',
    stderr: end?.stderr.text ?? '',
    truncated: end ? end.stdout.isCut || end.stderr.isCut : false,
    error: error && { ...error, title: catalogue[error.code].title, remedy: catalogue[error.code].remedy },
    started_at: toTime(startedAt),
    ended_at: toTimeOrNull(endedAt),
  }
}
