/** The way to one service: a request goes out, a reply comes back or does not. Knows nothing of calls. */
import { NetworkError, TimeoutError } from './errors.ts'
import type { RestpointOptions } from './options.ts'
import { onAbort, type Signals, throwIfAborted } from './signals.ts'

export interface Outgoing {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly timeoutMs: number
  readonly signals: Signals
}

export interface Incoming {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** @throws NetworkError, TimeoutError, or the reason of the signal that was aborted. */
export type Exchange = (request: Outgoing) => Promise<Incoming>

/** A reply that is read as it comes; `text` is that of a failure. */
export interface Opened extends Incoming {
  /** Ends what is open when nobody iterates any more. @throws as `Exchange`. */
  readonly pieces: AsyncIterable<string>
}

/** `timeoutMs`: how long nothing may come. */
export type Open = (request: Outgoing) => Promise<Opened>

export interface Connection {
  readonly exchange: Exchange
  readonly open: Open
}

/** @throws TypeError for a URL or token that cannot be used; it does not repeat what may be secret. */
export function connect(options: Pick<RestpointOptions, 'url' | 'token' | 'fetch'>): Connection {
  const base = baseOf(options.url)
  // Tokens come out of files, with the end of their line.
  const token = options.token?.trim()
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new TypeError('The token is not one: visible ASCII only')
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  /** Whatever is told of a failure is told without the token, even if somebody has echoed it. */
  const without = (text: string) => (token === undefined ? text : text.replaceAll(token, '***'))
  // A browser's own must not be called as somebody's method.
  const { fetch = globalThis.fetch } = options

  /** A request with an end: by its signals, or when nothing has come for too long. */
  function begin({ method, path, headers, body, timeoutMs, signals }: Outgoing) {
    throwIfAborted(signals)
    const ending = new AbortController()
    const end = () => ending.abort()
    const ignore = onAbort(signals, end)
    let isLate = false
    const beLate = () => {
      isLate = true
      end()
    }
    let timer = setTimeout(beLate, timeoutMs)
    const what = `${method} ${base}${path.split('?', 1)[0]}`
    return {
      answer: () =>
        fetch(base + path, {
          method,
          headers: { ...headers, ...authorization },
          ...(body === undefined ? {} : { body }),
          credentials: 'omit',
          redirect: 'manual',
          signal: ending.signal,
        }),
      /** Something has come: so much time once more. */
      goOn(): void {
        clearTimeout(timer)
        timer = setTimeout(beLate, timeoutMs)
      },
      end(): void {
        clearTimeout(timer)
        ignore()
        end()
      },
      failure(error: unknown): Error {
        throwIfAborted(signals)
        if (isLate) return new TimeoutError(`${what}: no reply after ${timeoutMs} ms`)
        return new NetworkError(`${what}: ${without(reasonOf(error))}`)
      },
    }
  }

  async function* piecesOf(body: ReadableStream<Uint8Array>, call: ReturnType<typeof begin>): AsyncGenerator<string> {
    const reader = body.getReader()
    const decoder = new TextDecoder()
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        call.goOn()
        yield decoder.decode(value, { stream: true })
      }
    } catch (error) {
      throw call.failure(error)
    } finally {
      call.end()
    }
  }

  return {
    async exchange(request) {
      const call = begin(request)
      try {
        const response = await call.answer()
        const text = await response.text()
        return { status: response.status, headers: response.headers, text: response.ok ? text : without(text) }
      } catch (error) {
        throw call.failure(error)
      } finally {
        call.end()
      }
    },
    async open(request) {
      const call = begin(request)
      try {
        const response = await call.answer()
        const { status, headers, body } = response
        if (response.ok && body) return { status, headers, text: '', pieces: piecesOf(body, call) }
        const text = without(await response.text())
        call.end()
        return { status, headers, text, pieces: nothing() }
      } catch (error) {
        const failure = call.failure(error)
        call.end()
        throw failure
      }
    },
  }
}

async function* nothing(): AsyncGenerator<never> {}

export function baseOf(text: string): string {
  if (!URL.canParse(text)) throw new TypeError('The url is none: it looks like http://127.0.0.1:8600')
  const { protocol, username, password, search, hash, origin, pathname } = new URL(text)
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError('The url must begin with http: or https:')
  if (username || password) throw new TypeError('The url must be without a user and a password')
  if (search || hash) throw new TypeError('The url must be without ? and #')
  return origin + pathname.replace(/\/+$/, '')
}

/** Text alone: a foreign error may hold the request with its headers. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: { message?: unknown; code?: unknown } }
  return String(cause?.message || cause?.code || message || 'the connection failed')
}
