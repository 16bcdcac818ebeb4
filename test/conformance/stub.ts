/** A small server of this API in memory. Right by default; `wrongs.ts` says how it can be wrong. For tests only. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answer, BODY_LIMIT } from './stub/answer.ts'
import { Problem } from './stub/problems.ts'
import type { StubRequest } from './stub/request.ts'
import { makeWorld, type Reply, type World } from './stub/world.ts'

/** One way to be wrong. */
export interface Fault {
  /** The world before the first request. */
  readonly world?: (world: World) => World
  /** Answers instead of the stub, or not. The path is above `/api/v1`. */
  readonly before?: (request: StubRequest, world: World) => Reply | undefined
  /** Changes a reply of the stub. */
  readonly after?: (reply: Reply, request: StubRequest, world: World) => void
}

export interface Stub {
  /** Of the one token it begins with; it may do everything. */
  readonly token: string
  readonly world: World
  readonly url: string
  /** As if over the network, only faster. */
  readonly fetch: typeof fetch
}

export function makeStub(fault: Fault = {}): Stub {
  const world = fault.world?.(makeWorld()) ?? makeWorld()
  const url = 'http://stub.invalid'
  return {
    url,
    token: world.tokens[0]!.secret,
    world,
    fetch: async (target, init = {}) => {
      const headers = Object.fromEntries(init.headers as Headers)
      const body = Buffer.from((init.body as Uint8Array | undefined) ?? [])
      const request = toRequest(init.method ?? 'GET', String(target).slice(url.length), headers, body)
      const reply = respond(world, fault, request)
      return new Response(reply.body === undefined ? null : JSON.stringify(reply.body), {
        status: reply.status,
        headers: { date: new Date().toUTCString(), ...reply.headers },
      })
    },
  }
}

/** The same behind a socket. */
export async function startStub(fault: Fault = {}): Promise<Omit<Stub, 'fetch'> & { close(): Promise<void> }> {
  const { world, token } = makeStub(fault)
  const server = createServer((incoming, response) => {
    handle(world, fault, incoming, response).catch(() => incoming.socket.destroy())
  })
  // What Node's parser refuses never becomes a request.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const isLong = error.code === 'HPE_HEADER_OVERFLOW'
    const { status, body } = new Problem(isLong ? 'headers_too_large' : 'invalid_request', 'This is not HTTP.').reply
    const text = JSON.stringify(body)
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'content-type: application/problem+json',
      `content-length: ${text.length}`,
    ]
    socket.end(`${head.join('\r\n')}\r\nconnection: close\r\n\r\n${text}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    world,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function handle(world: World, fault: Fault, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await read(incoming)
  const authorizations = incoming.rawHeaders.filter((each, at) => at % 2 === 0 && /^authorization$/i.test(each))
  // Node keeps the first of two; two are none.
  const headers = { ...incoming.headers, ...(authorizations.length > 1 ? { authorization: '' } : {}) }
  const reply = respond(world, fault, toRequest(incoming.method ?? '', incoming.url ?? '', headers, body))
  response.writeHead(reply.status, reply.headers)
  response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body))
}

function toRequest(method: string, url: string, headers: NodeJS.Dict<string | string[]>, body: Buffer): StubRequest {
  const at = url.indexOf('?')
  const target = at < 0 ? url : url.slice(0, at)
  const path = decode(target.endsWith('/') ? target : `${target}/`)
  return { method, path, target, query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)), headers, body }
}

function respond(world: World, fault: Fault, request: StubRequest): Reply {
  const reply = fault.before?.(request, world) ?? answer(world, request)
  fault.after?.(reply, request, world)
  return reply
}

/** The body; of one that is too large only as much as shows it. */
async function read(incoming: IncomingMessage): Promise<Buffer> {
  if (Number(incoming.headers['content-length'] ?? 0) > BODY_LIMIT) {
    incoming.resume()
    return Buffer.alloc(BODY_LIMIT + 1)
  }
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      if (length <= BODY_LIMIT) chunks.push(chunk)
      length += chunk.length
    }
  } catch {
    // The sender is gone; whatever the reply is, nobody reads it.
  }
  return Buffer.concat(chunks)
}

/** A path that cannot be decoded is left as it is: there is nothing at it. */
function decode(path: string): string {
  try {
    return path.includes('%2F') || path.includes('%2f') ? path : decodeURIComponent(path)
  } catch {
    return path
  }
}
