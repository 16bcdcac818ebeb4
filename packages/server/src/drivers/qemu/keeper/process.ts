import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { LineSplitter, parseObject } from '@restpoint/qmp/lines'
import type { Limits } from './limits.ts'
import { AgentUnavailable, type Answer, type Call } from './protocol.ts'

const program = fileURLToPath(new URL('./main.ts', import.meta.url))

type Distribute<T> = T extends unknown ? Omit<T, 'id'> : never
/** A call before it has got its number. */
export type Request = Distribute<Call>

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: AgentUnavailable) => void
  readonly timer: NodeJS.Timeout
}

/**
 * One run of the keeper. It keeps our own process alive only while a call is under way. A keeper that does not answer
 * in time is killed: to its callers, hung is dead.
 */
export class KeeperProcess {
  readonly #child: ChildProcess
  readonly #input: Socket
  readonly #output: Socket
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>

  constructor(limits: Limits) {
    // A session of its own: a terminal's Ctrl-C is the service's to handle, and must not end the one that thaws.
    this.#child = spawn(process.execPath, ['--max-semi-space-size=1', program, JSON.stringify(limits)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    })
    this.ended = new Promise(resolve => {
      this.#child.once('error', () => resolve())
      this.#child.once('exit', () => resolve())
    })
    // Out of file descriptors there are no pipes either.
    if (!this.#child.stdin) throw new AgentUnavailable('keeper_died', 'the keeper could not be started')
    this.#input = this.#child.stdin as Socket
    this.#output = this.#child.stdout as Socket
    void this.ended.then(() => this.#bury())
    // Its end is told by `exit`; what is written meanwhile is lost with it.
    this.#input.on('error', () => {})
    const lines = new LineSplitter(1024 * 1024)
    this.#output.on('data', (chunk: Buffer) => {
      for (const line of lines.push(chunk)) this.#receive(parseObject(line) as Answer | null)
    })
    this.#unref()
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Throws `AgentUnavailable`; with `keeper_died` when it ends, or does not answer within `limitMs`. */
  call(request: Request, limitMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), limitMs)
      this.#pending.set(id, { resolve, reject, timer })
      this.#input.write(`${JSON.stringify({ id, ...request })}\n`)
      this.#child.ref()
      this.#output.ref()
    })
  }

  /** Lets it go: it ends when it has thawed everything. */
  leave(): void {
    this.#input.end()
  }

  #receive(answer: Answer | null): void {
    const pending = answer === null ? undefined : this.#pending.get(answer.id)
    if (answer === null || pending === undefined) return
    this.#pending.delete(answer.id)
    clearTimeout(pending.timer)
    if ('reason' in answer) pending.reject(new AgentUnavailable(answer.reason, answer.detail))
    else pending.resolve(answer.value)
    if (this.#pending.size === 0) this.#unref()
  }

  #bury(): void {
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer)
      reject(new AgentUnavailable('keeper_died', 'the keeper ended'))
    }
    this.#pending.clear()
    this.#unref()
  }

  #unref(): void {
    this.#child.unref()
    this.#input.unref()
    this.#output.unref()
  }
}
