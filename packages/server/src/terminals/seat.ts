/**
 * A place at a server's console, for one WebSocket. Binary messages are what the console says and what is typed; text
 * messages are ours, JSON:
 *
 *     {"state": "running", "console": "1f6c09ab", "offset": 0}   first of all; the next message, binary, begins at `offset`
 *     {"state": "stopped"}                                       when the machine has ended or started; every 30 seconds
 *
 * `offset` counts the bytes that this console has said before; it begins anew with the service, and `console` says so. So
 * whoever comes back knows what it has already, and what it has missed.
 *
 * A viewer that does not read is cut off. It is the guest that would have to wait otherwise, or our memory to grow.
 */
import type { WebSocket } from 'ws'
import { type Ending, endings } from './endings.ts'
import type { Line, LineState, LineWatcher } from './line.ts'
import type { Pass } from './tickets.ts'

/** Said, and not read yet: some of it lies with the kernels in between. */
export const UNREAD_BYTES = 1024 * 1024
/** Of messages, pings and pongs: whoever types by hand makes thirty. */
const MESSAGES_A_SECOND = 1000
const PING_EVERY_MS = 30_000
/** For the other side to close its end. */
const CLOSE_LIMIT_MS = 2000

export interface SeatOptions {
  readonly pass: Pass
  readonly line: Line
  /** Of the service's life. */
  readonly consoleId: string
  /** It is free again. */
  readonly onLeft: (seat: Seat) => void
}

export class Seat {
  readonly pass: Pass
  readonly #options: SeatOptions
  /** Null until the handshake is done. */
  #socket: WebSocket | null = null
  #ending: Ending | null = null
  readonly #left = Promise.withResolvers<void>()

  constructor(options: SeatOptions) {
    this.pass = options.pass
    this.#options = options
  }

  /** It was taken away, perhaps before anybody sat on it. */
  get ending(): Ending | null {
    return this.#ending
  }

  get left(): Promise<void> {
    return this.#left.promise
  }

  sit(socket: WebSocket): void {
    const { line, consoleId } = this.#options
    this.#socket = socket
    const watcher: LineWatcher = { onOutput: bytes => this.#show(bytes), onState: state => this.#tell({ state }) }
    const stopPings = this.#keepAsking(socket)
    const isTooOften = counter(MESSAGES_A_SECOND)
    socket.on('error', () => {}) // `close` comes after it
    socket.on('close', () => {
      stopPings()
      line.leave(watcher)
      this.leave()
    })
    if (this.#ending) return this.#close(socket, this.#ending)
    for (const event of ['ping', 'pong'] as const) socket.on(event, () => isTooOften() && this.end('too_much'))
    socket.on('message', (bytes: Buffer, isBinary) => {
      if (this.#ending) return
      if (!isBinary) this.end('not_binary')
      else if (isTooOften() || !line.type(bytes)) this.end('too_much')
    })
    const { scrollback, offset } = line.watch(watcher)
    this.#tell({ state: line.state, console: consoleId, offset })
    socket.send(scrollback)
  }

  end(ending: Ending): void {
    if (this.#ending) return
    this.#ending = ending
    if (this.#socket) this.#close(this.#socket, ending)
  }

  /** The connection is gone, or never came to be a WebSocket. */
  leave(): void {
    this.#options.onLeft(this)
    this.#left.resolve()
  }

  #close(socket: WebSocket, ending: Ending): void {
    const { code, reason } = endings[ending]
    socket.close(code, reason)
    const timer = setTimeout(() => socket.terminate(), CLOSE_LIMIT_MS)
    socket.once('close', () => clearTimeout(timer))
  }

  #show(bytes: Buffer): void {
    if (this.#ending || !this.#socket) return
    if (this.#socket.bufferedAmount + bytes.length > UNREAD_BYTES) this.end('too_slow')
    else this.#socket.send(bytes)
  }

  #tell(message: { readonly state: LineState; readonly console?: string; readonly offset?: number }): void {
    if (!this.#ending) this.#socket?.send(JSON.stringify(message))
  }

  /** Nothing tells of a connection whose other end has lost its power. */
  #keepAsking(socket: WebSocket): () => void {
    let hasAnswered = true
    socket.on('pong', () => {
      hasAnswered = true
    })
    const timer = setInterval(() => {
      if (!hasAnswered) socket.terminate()
      hasAnswered = false
      socket.ping()
      // A browser's page hears of no pings.
      this.#tell({ state: this.#options.line.state })
    }, PING_EVERY_MS)
    return () => clearInterval(timer)
  }
}

/** Whether it was called more than so many times within the last second that has begun. */
function counter(limit: number): () => boolean {
  let second = 0
  let count = 0
  return () => {
    const now = Math.floor(performance.now() / 1000)
    if (now !== second) count = 0
    second = now
    return ++count > limit
  }
}
