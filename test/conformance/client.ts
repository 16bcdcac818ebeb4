/** A reply as it came over the wire. `json` is undefined where the body is not JSON. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

export interface SendOptions {
  /** An object is sent as JSON; a string as it is. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
  /** Instead of the suite's own; null: no Authorization header at all. */
  readonly token?: string | null
  /** Above `/api/v1`. */
  readonly root?: boolean
}

export interface Client {
  send(method: string, path: string, options?: SendOptions): Promise<Reply>
  get(path: string, options?: SendOptions): Promise<Reply>
  post(path: string, body?: unknown, options?: SendOptions): Promise<Reply>
  delete(path: string, options?: SendOptions): Promise<Reply>
}

const RATE_LIMIT_TRIES = 10

/**
 * A client that adds nothing of its own: no Content-Type without a body, no redirects followed. Only a 429 is waited
 * for, because a suite sends faster than any person.
 *
 * @param url with or without the base path `/api/v1/`
 * @param request instead of the network, in tests
 */
export function connect(url: string, token: string, request: typeof fetch = fetch): Client {
  const origin = url.replace(/\/+$/, '').replace(/\/api\/v1$/, '')

  async function send(method: string, path: string, options: SendOptions = {}): Promise<Reply> {
    const headers = new Headers(options.headers)
    const bearer = options.token === undefined ? token : options.token
    if (bearer !== null && !headers.has('authorization')) headers.set('authorization', `Bearer ${bearer}`)
    const body = toBody(options.body)
    if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
    const target = `${origin}${options.root ? '' : '/api/v1'}${path}`
    for (let tries = 1; ; tries++) {
      const response = await request(target, {
        method,
        headers,
        redirect: 'manual',
        ...(body === undefined ? {} : { body }),
      })
      const text = await response.text()
      if (response.status !== 429 || tries === RATE_LIMIT_TRIES) {
        return { status: response.status, headers: response.headers, text, json: parse(text) }
      }
      await delay(Number(response.headers.get('retry-after') ?? 1) * 1000)
    }
  }

  return {
    send,
    get: (path, options) => send('GET', path, options),
    post: (path, body, options) => send('POST', path, { ...options, body }),
    delete: (path, options) => send('DELETE', path, options),
  }
}

// A string body gets fetch's own text/plain, which would hide the type that a check left away on purpose.
function toBody(body: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined) return undefined
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function delay(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
