/** Between a client and a service: passes everything on, except for the next requests that a test has plans for. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export type Fault =
  /** The connection is lost before the service hears of it. */
  | 'lose request'
  /** The service does it; its reply is lost. */
  | 'lose reply'
  /** Nobody answers, ever: the service has not heard of it. */
  | 'hang'
  /** Nobody answers, ever: the service has done it. */
  | 'hold reply'
  | 'none'
  /** Somebody on the way answers. */
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }

export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** `performance.now()` */
  readonly at: number
  /** Of the service's reply, once it is there. */
  status?: number
}

export type Proxy = Awaited<ReturnType<typeof openProxy>>

export async function openProxy(t: Pick<TestContext, 'after'>, target: string) {
  const seen: Seen[] = []
  const plan: Fault[] = []
  let last: RegExp | undefined
  const server = createServer(async (incoming, outgoing) => {
    const body = await textOf(incoming)
    const { method = '', url: path = '', headers } = incoming
    seen.push({ method, path, headers, body, at: performance.now() })
    const fault = plan.shift() ?? 'none'
    if (last?.test(path)) plan.push(...Array(1000).fill('hang'))
    if (fault === 'hang') return
    if (fault === 'lose request') return void incoming.socket.destroy()
    if (typeof fault === 'object') return void outgoing.writeHead(fault.status, fault.headers).end(fault.body)
    passOn(target, seen.at(-1) as Seen, outgoing, fault)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Every request that has arrived here, oldest first. */
    seen,
    /** What becomes of the next requests, one after the other. */
    next: (...faults: readonly Fault[]) => void plan.push(...faults),
    /** Once a request to such a path has been passed on, all that come later hang. */
    hangAfter: (path: RegExp) => {
      last = path
    },
    /** Nothing is planned any more. */
    clear: () => {
      plan.splice(0)
      last = undefined
    },
  }
}

function passOn(target: string, seen: Seen, outgoing: ServerResponse, fault: Fault): void {
  const { method, path, headers, body } = seen
  const passed = request(target + path, { method, headers }, async reply => {
    const text = await textOf(reply)
    seen.status = reply.statusCode ?? 0
    if (fault === 'lose reply') outgoing.destroy()
    else if (fault !== 'hold reply') outgoing.writeHead(reply.statusCode ?? 0, reply.headers).end(text)
  })
  passed.on('error', () => outgoing.destroy())
  passed.end(body)
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
