/**
 * Requests that are to become a WebSocket: they take the same way as all others, through hooks and routes, and are refused
 * like all others. Only the route that wants one takes it over.
 */
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from './deps.ts'
import { rewriteUrl } from './urls.ts'

interface Upgrade {
  readonly socket: Socket
  /** What came right behind the request. */
  readonly head: Buffer
  readonly response: ServerResponse
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>()

/**
 * For Node, which asks of every request that offers something else than HTTP: to all the others (`h2c`, say) is answered
 * as if they had not offered it, as RFC 9110 has it (7.8).
 */
export function isUpgradeOf(path: RegExp): (request: IncomingMessage) => boolean {
  return request =>
    request.method === 'GET' &&
    request.headers.upgrade?.toLowerCase() === 'websocket' &&
    path.test(rewriteUrl(request).split('?', 1)[0] ?? '')
}

export function addUpgrades(app: App): void {
  app.server.on('upgrade', (request: IncomingMessage, stream, head: Buffer) => {
    const socket = stream as Socket
    // Node has let go of it; `close` comes after it.
    socket.on('error', () => {})
    const response = new ServerResponse(request)
    upgrades.set(request, { socket, head, response })
    // Nothing reads a second request from it.
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.once('finish', () => socket.destroySoon())
    app.routing(request, response)
  })
}

/** Undefined: it came as a plain request. The reply is not Fastify's any more. */
export function takeOver(request: FastifyRequest, reply: FastifyReply): Omit<Upgrade, 'response'> | undefined {
  const upgrade = upgrades.get(request.raw)
  if (!upgrade) return undefined
  upgrades.delete(request.raw)
  reply.hijack()
  upgrade.response.detachSocket(upgrade.socket)
  return upgrade
}

/** Whether it is one, and is still there. */
export function isUpgrade(request: FastifyRequest): boolean {
  return upgrades.has(request.raw)
}
