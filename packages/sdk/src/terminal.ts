/**
 * A server's serial console. It stays open through restarts of the server, of the service and of the network in between:
 * a connection that is lost is made anew, with a ticket of its own, and what was said meanwhile comes with it. Nothing
 * comes twice, and what is missing is told.
 */
import { outcomeOf } from './repeat.ts'
import { onAbort, pause, type Signals } from './signals.ts'

/**
 * `connecting`: there is no connection, and it is made. `running`: the server can be heard and typed to. `stopped`: there
 * is a connection and the server does not run. `closed`: it has ended, for good.
 */
export type TerminalState = 'connecting' | 'running' | 'stopped' | 'closed'

/** `isGap`: something was said before these bytes that is not there any more. */
export type TerminalData = (bytes: Uint8Array, isGap: boolean) => void

export interface TerminalOptions {
  /** Closes it. */
  readonly signal?: AbortSignal | undefined
  /** With the permission `admin`: whose server it is. */
  readonly account_id?: number | undefined
}

export interface TerminalWays {
  /** A ticket: the address of a WebSocket that it opens. Throws as a call does. */
  readonly ask: (signal: AbortSignal) => Promise<string>
  readonly signals: Signals
}

/** What was typed and is not on its way. */
const TYPED_BYTES = 256 * 1024
/** The service takes 64 KiB at once. */
const MESSAGE_BYTES = 32 * 1024
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 15_000
const CONNECT_LIMIT_MS = 30_000
/** The service says something every 30 seconds. */
const SILENCE_LIMIT_MS = 90_000

export class Terminal {
  readonly #ways: TerminalWays
  readonly #ending = new AbortController()
  readonly #onData = new Set<TerminalData>()
  readonly #onState = new Set<(state: TerminalState, error: unknown) => void>()
  readonly #closed: Promise<void>
  #state: TerminalState = 'connecting'
  #socket: WebSocket | null = null
  #typed: Uint8Array[] = []
  #typedBytes = 0
  /** Which console it is whose bytes are counted, and how many of them are known. */
  #console = ''
  #known = 0
  /** How many of the bytes that come next are known already. */
  #skip = 0
  #isGap = false

  /** @throws TypeError where there is no WebSocket: in Node before version 22. */
  constructor(ways: TerminalWays) {
    if (typeof WebSocket === 'undefined')
      throw new TypeError('A terminal needs WebSocket: a browser, or Node from 22 on')
    this.#ways = ways
    const ignore = onAbort(ways.signals, () => this.close())
    if (ways.signals.some(signal => signal?.aborted)) this.close()
    this.#closed = this.#stayOpen().finally(ignore)
    // Whoever does not look at it has not missed an error either: the state is `closed`.
    this.#closed.catch(() => {})
  }

  get state(): TerminalState {
    return this.#state
  }

  /** Settles when it is closed: rejects where it was not by you, with what a call fails with (`not_found`, say). */
  get closed(): Promise<void> {
    return this.#closed
  }

  /** What the server says, from 256 KiB before the first connection on. Listen before the first `await`. @returns how to stop. */
  onData(listener: TerminalData): () => void {
    this.#onData.add(listener)
    return () => void this.#onData.delete(listener)
  }

  /** Whenever the state is another; with the error, where it is `closed` by one. @returns how to stop. */
  onState(listener: (state: TerminalState, error: unknown) => void): () => void {
    this.#onState.add(listener)
    return () => void this.#onState.delete(listener)
  }

  /** Types: text as UTF-8. What is typed while it connects is sent then. False: too much is on its way, or it is closed. */
  write(data: string | Uint8Array): boolean {
    // A copy: the caller may go on with theirs.
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data.slice()
    const waiting = this.#typedBytes + (this.#socket?.bufferedAmount ?? 0)
    if (this.#state === 'closed' || waiting + bytes.length > TYPED_BYTES) return false
    this.#typed.push(bytes)
    this.#typedBytes += bytes.length
    // All that is typed in one go, in one message.
    queueMicrotask(() => this.#send())
    return true
  }

  close(): void {
    this.#ending.abort()
  }

  async #stayOpen(): Promise<void> {
    const { signal } = this.#ending
    let failure: unknown
    for (let failures = 0; !signal.aborted; ) {
      try {
        this.#setState('connecting')
        const wasOpen = await this.#connect(await this.#ways.ask(signal))
        failures = wasOpen ? 0 : failures + 1
      } catch (error) {
        if (signal.aborted) break
        if (outcomeOf(error) === 'final') {
          failure = error
          break
        }
        failures++
      }
      await pause(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures), [signal]).catch(() => {})
    }
    this.#typed = []
    this.#setState('closed', failure)
    if (failure) throw failure
  }

  /** Until the connection is lost, or given up. Answers whether there was one. */
  async #connect(url: string): Promise<boolean> {
    const socket = new WebSocket(url)
    socket.binaryType = 'arraybuffer'
    let wasOpen = false
    const { promise: ended, resolve: end } = deferred()
    let silence = setTimeout(end, CONNECT_LIMIT_MS)
    socket.onmessage = ({ data }: { readonly data: string | ArrayBuffer }) => {
      clearTimeout(silence)
      silence = setTimeout(end, SILENCE_LIMIT_MS)
      if (typeof data !== 'string') return this.#hear(new Uint8Array(data))
      wasOpen = true
      this.#socket = socket
      this.#learn(JSON.parse(data))
    }
    socket.onclose = end
    const ignore = onAbort([this.#ending.signal], end)
    await ended
    ignore()
    clearTimeout(silence)
    socket.onmessage = null
    socket.close()
    this.#socket = null
    return wasOpen
  }

  #learn(told: { readonly state: 'running' | 'stopped'; readonly console?: string; readonly offset?: number }): void {
    if (told.console !== undefined && told.offset !== undefined) {
      const isSame = told.console === this.#console
      // Of another console nobody knows what it said before this one.
      this.#isGap = isSame ? told.offset > this.#known : told.offset > 0 || this.#console !== ''
      // What is known of it already is left out of what comes.
      this.#skip = isSame ? Math.max(0, this.#known - told.offset) : 0
      this.#known = Math.max(told.offset, isSame ? this.#known : 0)
      this.#console = told.console
    }
    this.#setState(told.state)
    this.#send()
  }

  #hear(bytes: Uint8Array): void {
    const skipped = Math.min(this.#skip, bytes.length)
    this.#skip -= skipped
    if (bytes.length === skipped) return
    const fresh = bytes.subarray(skipped)
    this.#known += fresh.length
    const isGap = this.#isGap
    this.#isGap = false
    for (const listener of [...this.#onData]) listener(fresh, isGap)
  }

  #send(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#typed.length === 0) return
    const bytes = new Uint8Array(this.#typedBytes)
    let at = 0
    for (const piece of this.#typed) {
      bytes.set(piece, at)
      at += piece.length
    }
    this.#typed = []
    this.#typedBytes = 0
    for (let from = 0; from < bytes.length; from += MESSAGE_BYTES) {
      this.#socket.send(bytes.subarray(from, from + MESSAGE_BYTES))
    }
  }

  #setState(state: TerminalState, error?: unknown): void {
    if (state === this.#state) return
    this.#state = state
    for (const listener of [...this.#onState]) listener(state, error)
  }
}

/** `Promise.withResolvers` is not in every browser yet. */
function deferred() {
  let resolve = () => {}
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}
