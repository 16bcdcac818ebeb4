import type { Socket } from 'node:net'
import { type CloseReason, ConnectionClosed, QmpError, Timeout } from './errors.ts'
import { LineSplitter, parseObject } from './lines.ts'
import { connectUnix } from './socket.ts'

/** QEMU's largest answers (block graphs, schemas) are some 100 KB. */
const maxLineBytes = 16 * 1024 * 1024
const defaultTimeoutMs = 10_000

export interface MonitorEvent {
  /** e.g. `BLOCK_JOB_READY`. */
  readonly name: string
  readonly data: Record<string, unknown>
  /** QEMU's own clock, epoch ms. */
  readonly timestamp: number
}

interface Pending {
  readonly command: string
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/**
 * A connection to QEMU's monitor (QEMU Machine Protocol, docs/interop/qmp-spec). Commands may run side by side: each
 * carries an id, and an answer that comes after its command's timeout finds nobody and is dropped.
 */
export class Monitor {
  readonly path: string
  readonly #socket: Socket
  readonly #pending = new Map<number, Pending>()
  readonly #eventListeners = new Set<(event: MonitorEvent) => void>()
  readonly #closeListeners = new Set<(error: ConnectionClosed) => void>()
  readonly #greeting: Promise<string>
  #greet!: { resolve: (version: string) => void; reject: (error: Error) => void }
  #greeted = false
  #lastId = 0
  #closed: ConnectionClosed | null = null
  #version = ''

  /**
   * Connects, reads the greeting and enters command mode, all within `timeoutMs` (default 10 s). Throws
   * `ConnectionClosed` or `Timeout`: a socket of QEMU's takes one client at a time, a second one is not greeted.
   */
  static async connect(path: string, options: { timeoutMs?: number } = {}): Promise<Monitor> {
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
    const until = performance.now() + timeoutMs
    const monitor = new Monitor(path, await connectUnix(path, timeoutMs))
    const timer = setTimeout(() => monitor.#greet.reject(new Timeout('connect', timeoutMs)), until - performance.now())
    try {
      monitor.#version = await monitor.#greeting
      await monitor.execute('qmp_capabilities', undefined, { timeoutMs: Math.max(1, until - performance.now()) })
      return monitor
    } catch (error) {
      monitor.close()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  private constructor(path: string, socket: Socket) {
    this.path = path
    this.#socket = socket
    this.#greeting = new Promise((resolve, reject) => {
      this.#greet = { resolve, reject }
    })
    this.#greeting.catch(() => {})
    const lines = new LineSplitter(maxLineBytes)
    socket.on('data', (chunk: Buffer) => {
      let complete: Buffer[]
      try {
        complete = lines.push(chunk)
      } catch {
        this.#end('too_large', null)
        return
      }
      for (const line of complete) {
        if (this.#closed === null) this.#receive(line)
      }
    })
    socket.on('error', (error: NodeJS.ErrnoException) => this.#end('ended', error.code ?? null))
    socket.on('close', () => this.#end('ended', null))
  }

  /** QEMU's version, e.g. `7.2.22`. */
  get version(): string {
    return this.#version
  }

  get closed(): boolean {
    return this.#closed !== null
  }

  /**
   * Runs a command and answers with its `return`. Throws `QmpError` (QEMU refused), `Timeout` (default 10 s; it may
   * still take effect) or `ConnectionClosed` (likewise).
   */
  execute<T = unknown>(
    command: string,
    args?: Record<string, unknown>,
    options: { timeoutMs?: number } = {},
  ): Promise<T> {
    const { timeoutMs = defaultTimeoutMs } = options
    return new Promise<T>((resolve, reject) => {
      if (this.#closed !== null) {
        reject(this.#closed)
        return
      }
      const id = ++this.#lastId
      const timer = setTimeout(() => {
        this.#pending.delete(id)
        reject(new Timeout(command, timeoutMs))
      }, timeoutMs)
      this.#pending.set(id, { command, resolve: resolve as (value: unknown) => void, reject, timer })
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`)
    })
  }

  /** Events from now on; ask for the state *after* listening. Answers with how to stop. */
  onEvent(listener: (event: MonitorEvent) => void): () => void {
    this.#eventListeners.add(listener)
    return () => this.#eventListeners.delete(listener)
  }

  /** Called once, with the reason, when the connection ends; at once (next tick) if it has ended already. */
  onClose(listener: (error: ConnectionClosed) => void): () => void {
    const closed = this.#closed
    if (closed !== null) queueMicrotask(() => listener(closed))
    else this.#closeListeners.add(listener)
    return () => this.#closeListeners.delete(listener)
  }

  /** Ends the connection; commands under way reject with `ConnectionClosed`. QEMU runs on. */
  close(): void {
    this.#end('closed', null)
  }

  #receive(line: Buffer): void {
    const message = parseObject(line)
    if (message === null) return this.#end('garbage', null)
    if (!this.#greeted) return this.#receiveGreeting(message)
    if (typeof message['event'] === 'string') return this.#receiveEvent(message['event'], message)
    const pending = this.#pending.get(message['id'] as number)
    if (pending === undefined) {
      // Of a command that timed out; without an id QEMU could not read what we sent, and answers cannot be told apart.
      if (typeof message['id'] !== 'number') this.#end('garbage', null)
      return
    }
    this.#pending.delete(message['id'] as number)
    clearTimeout(pending.timer)
    const error = message['error'] as { class?: unknown; desc?: unknown } | null | undefined
    if (error === undefined || error === null) pending.resolve(message['return'])
    else pending.reject(new QmpError(pending.command, String(error.class), String(error.desc)))
  }

  #receiveGreeting(message: Record<string, unknown>): void {
    const greeting = message['QMP'] as { version?: { qemu?: Record<string, unknown> } } | undefined
    const qemu = greeting?.version?.qemu
    if (qemu === undefined) return this.#end('garbage', null)
    this.#greeted = true
    this.#greet.resolve(`${qemu['major']}.${qemu['minor']}.${qemu['micro']}`)
  }

  #receiveEvent(name: string, message: Record<string, unknown>): void {
    const time = message['timestamp'] as { seconds?: unknown; microseconds?: unknown } | undefined
    const data = (message['data'] ?? {}) as Record<string, unknown>
    const timestamp = Number(time?.seconds) * 1000 + Math.floor(Number(time?.microseconds) / 1000)
    for (const listener of [...this.#eventListeners]) listener({ name, data, timestamp })
  }

  #end(reason: CloseReason, errno: string | null): void {
    if (this.#closed !== null) return
    this.#closed = new ConnectionClosed(this.path, reason, errno)
    this.#socket.destroy()
    this.#greet.reject(this.#closed)
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer)
      reject(this.#closed)
    }
    this.#pending.clear()
    for (const listener of [...this.#closeListeners]) listener(this.#closed)
    this.#closeListeners.clear()
    this.#eventListeners.clear()
  }
}
