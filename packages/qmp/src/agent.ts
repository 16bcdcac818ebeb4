import type { Socket } from 'node:net'
import { type CloseReason, ConnectionClosed, QmpError, Timeout } from './errors.ts'
import { LineSplitter, parseObject } from './lines.ts'
import { connectUnix } from './socket.ts'

const defaultTimeoutMs = 5_000
const defaultMaxBytes = 1024 * 1024
/** What the guest may send that nobody asked for, late answers among it, before we hang up. */
const maxIdleBytes = 64 * 1024

export interface AgentOptions {
  /** Default 5 s. */
  readonly timeoutMs?: number
  /** The most that the guest may send until the answer is complete, stale answers included. Default 1 MiB. */
  readonly maxBytes?: number
}

/** What the connection waits for: one exchange at a time, because the agent's answers carry no ids. */
interface Exchange {
  readonly command: string
  /** While set, all answers but the one to this guest-sync are stale. */
  syncId: number | null
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/**
 * A connection to a guest agent: QMP's framing, but no greeting, no ids, and a peer that may be hostile, hung or
 * answering somebody who left long ago. Every wait is bounded in time and bytes. After a timeout the next command is
 * sent with a guest-sync-delimited before it, in one write: it runs as soon as the agent wakes, after whatever was
 * sent before it, and every answer that comes earlier is skipped.
 *
 * Guest-written text reaches the caller only as parsed JSON, and as the cleaned, cut message of a `QmpError`.
 */
export class Agent {
  readonly path: string
  readonly #socket: Socket
  #lines = new LineSplitter(maxIdleBytes)
  #exchange: Exchange | null = null
  #bytesLeft = maxIdleBytes
  #closeListener: (() => void) | null = null
  #inSync = false
  #closed: ConnectionClosed | null = null
  #queue: Promise<unknown> = Promise.resolve()

  /** Connects and proves that an agent answers. Throws `ConnectionClosed` or `Timeout` (nobody answers). */
  static async connect(path: string, options: { timeoutMs?: number } = {}): Promise<Agent> {
    const { timeoutMs = defaultTimeoutMs } = options
    const until = performance.now() + timeoutMs
    const agent = await Agent.open(path, { timeoutMs })
    try {
      await agent.sync({ timeoutMs: Math.max(1, until - performance.now()) })
      return agent
    } catch (error) {
      agent.close()
      throw error
    }
  }

  /** Connects only: the first command carries its own sync, and so works on an agent that is still asleep. */
  static async open(path: string, options: { timeoutMs?: number } = {}): Promise<Agent> {
    return new Agent(path, await connectUnix(path, options.timeoutMs ?? defaultTimeoutMs))
  }

  private constructor(path: string, socket: Socket) {
    this.path = path
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error: NodeJS.ErrnoException) => this.#end('ended', error.code ?? null))
    socket.on('close', () => this.#end('ended', null))
  }

  get closed(): boolean {
    return this.#closed !== null
  }

  /**
   * Runs a command and answers with its `return`. Commands queue; the time counts from when this one is sent.
   * Throws `QmpError` (the agent refused), `Timeout` (it may still run later) or `ConnectionClosed`.
   */
  execute<T = unknown>(command: string, args?: Record<string, unknown>, options: AgentOptions = {}): Promise<T> {
    return this.#enqueue(() => {
      const syncId = this.#inSync ? null : newSyncId()
      const prefix = syncId === null ? '' : syncRequest(syncId)
      return this.#run(command, syncId, `${prefix}${JSON.stringify({ execute: command, arguments: args })}\n`, options)
    }) as Promise<T>
  }

  /** Skips all that is stale; resolves when the agent has answered to this very call. */
  async sync(options: AgentOptions = {}): Promise<void> {
    await this.#enqueue(() => {
      const syncId = newSyncId()
      return this.#run('guest-sync-delimited', syncId, syncRequest(syncId), options)
    })
  }

  /** One listener, called once, when the connection ends. */
  onClose(listener: () => void): void {
    this.#closeListener = listener
  }

  close(): void {
    this.#end('closed', null)
  }

  #enqueue(run: () => Promise<unknown>): Promise<unknown> {
    const result = this.#queue.then(run)
    this.#queue = result.catch(() => {})
    return result
  }

  #run(command: string, syncId: number | null, text: string, options: AgentOptions): Promise<unknown> {
    const { timeoutMs = defaultTimeoutMs, maxBytes = defaultMaxBytes } = options
    return new Promise((resolve, reject) => {
      if (this.#closed !== null) {
        reject(this.#closed)
        return
      }
      const timer = setTimeout(() => {
        this.#inSync = false
        this.#settle()
        reject(new Timeout(command, timeoutMs))
      }, timeoutMs)
      this.#exchange = { command, syncId, resolve, reject, timer }
      this.#lines = new LineSplitter(maxBytes + maxIdleBytes)
      this.#bytesLeft = maxBytes
      // The byte 0xFF, which is no UTF-8, makes the agent drop what it has read of an unfinished request.
      if (syncId === null) this.#socket.write(text)
      else this.#socket.write(Buffer.concat([Buffer.from([0xff]), Buffer.from(text)]))
    })
  }

  #receive(chunk: Buffer): void {
    this.#bytesLeft -= chunk.length
    if (this.#bytesLeft < 0) return this.#end('too_large', null)
    for (const line of this.#lines.push(chunk)) {
      if (this.#exchange !== null) this.#answer(this.#exchange, line)
    }
  }

  #answer(exchange: Exchange, line: Buffer): void {
    // The answer to a guest-sync-delimited begins with 0xFF, so that it can be found behind any rubbish.
    const message = parseObject(line.subarray(line.lastIndexOf(0xff) + 1))
    if (exchange.syncId !== null) {
      if (message?.['return'] !== exchange.syncId) return
      exchange.syncId = null
      this.#inSync = true
      if (exchange.command === 'guest-sync-delimited') {
        this.#settle()
        exchange.resolve(undefined)
      }
      return
    }
    if (message === null) return this.#end('garbage', null)
    this.#settle()
    const error = message['error'] as { class?: unknown; desc?: unknown } | null | undefined
    if (error === undefined || error === null) exchange.resolve(message['return'])
    else exchange.reject(new QmpError(exchange.command, clean(error.class), clean(error.desc)))
  }

  #settle(): void {
    if (this.#exchange !== null) clearTimeout(this.#exchange.timer)
    this.#exchange = null
    this.#bytesLeft = maxIdleBytes
  }

  #end(reason: CloseReason, errno: string | null): void {
    if (this.#closed !== null) return
    this.#closed = new ConnectionClosed(this.path, reason, errno)
    this.#socket.destroy()
    const exchange = this.#exchange
    this.#settle()
    exchange?.reject(this.#closed)
    this.#closeListener?.()
  }
}

function newSyncId(): number {
  return Math.floor(Math.random() * 2 ** 48)
}

function syncRequest(id: number): string {
  return `${JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id } })}\n`
}

/** Guest-written text for a message: printable ASCII, at most 200 characters. */
function clean(text: unknown): string {
  return typeof text === 'string' ? text.slice(0, 200).replace(/[^\x20-\x7e]/g, '?') : '(no text)'
}
