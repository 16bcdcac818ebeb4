import { connect } from 'node:net'

export interface RawRequest {
  readonly method: string
  /** As it goes over the wire, in latin1. */
  readonly target: string
  readonly version?: string
  /** Lines in latin1. Host and Connection are added. */
  readonly headers: readonly string[]
  readonly bytes?: Uint8Array
}

export interface RawReply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

const PATIENCE_MS = 20_000
const HEAD_END = '\r\n\r\n'

/**
 * Sends what no HTTP client would send, on a connection of its own.
 *
 * @throws when the connection ends without a whole reply
 */
export function send(origin: URL, request: RawRequest): Promise<RawReply> {
  const { method, target, version = 'HTTP/1.1', headers, bytes = new Uint8Array() } = request
  const head = [`${method} ${target} ${version}`, `Host: ${origin.host}`, 'Connection: close', ...headers]
  return new Promise((resolve, reject) => {
    const socket = connect(Number(origin.port || 80), origin.hostname)
    const chunks: Buffer[] = []
    const settle = (ended: boolean) => {
      const reply = readReply(Buffer.concat(chunks), ended)
      if (!reply && !ended) return
      socket.destroy()
      if (reply) resolve(reply)
      else reject(new Error(`the connection was closed after ${Buffer.concat(chunks).length} bytes`))
    }
    socket.setTimeout(PATIENCE_MS, () => settle(true))
    socket.on('data', chunk => {
      chunks.push(chunk)
      settle(false)
    })
    // A server that has read enough may close while we still write: what counts is what it said before.
    socket.on('error', () => settle(true))
    socket.on('close', () => settle(true))
    socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}${HEAD_END}`, 'latin1'), bytes]))
  })
}

function readReply(bytes: Buffer, ended: boolean): RawReply | undefined {
  const end = bytes.indexOf(HEAD_END)
  if (end < 0) return undefined
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1])
  const headers = new Map(
    lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const body = bytes.subarray(end + HEAD_END.length)
  const length = headers.get('content-length')
  const isWhole = length === undefined ? ended || status === 204 : body.length >= Number(length)
  if (!isWhole) return undefined
  return { status, headers, text: headers.get('transfer-encoding') === 'chunked' ? dechunk(body) : body.toString() }
}

function dechunk(body: Buffer): string {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\r\n', at)
    const size = end < 0 ? 0 : Number.parseInt(body.toString('latin1', at, end), 16)
    if (!(size > 0)) break
    parts.push(body.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
  return Buffer.concat(parts).toString()
}
