/** A server's serial console: a ticket for it, and the WebSocket that the ticket opens. */
import { WebSocketServer } from 'ws'
import { Failure } from '../errors.ts'
import { answerPost } from '../http/answer.ts'
import { callerOf } from '../http/auth.ts'
import { byAddress } from '../http/by-address.ts'
import type { App, RouteDeps } from '../http/deps.ts'
import { pathId, pathIds } from '../http/ids.ts'
import { refuseForeignOrigin } from '../http/origin.ts'
import { NoBody, postHeaders, refer } from '../http/schemas.ts'
import { toTime } from '../http/times.ts'
import { addUpgrades, isUpgrade, takeOver } from '../http/upgrade.ts'
import { readOwnServer } from '../layers/own-server.ts'
import { refuse } from '../operations/refuse.ts'
import { TerminalTicket } from './schemas.ts'
import type { Terminals } from './terminals.ts'
import { TICKET_MS, Tickets } from './tickets.ts'

const PATH = '/api/v1/servers/:server_id/terminal/'
/** What may become a WebSocket. */
export const terminalPath = /^\/api\/v1\/servers\/[^/]+\/terminal\/$/

/** Of one message that is typed. What is pasted comes in pieces. */
const MESSAGE_BYTES = 64 * 1024
/** In how many pieces a message may come, and a frame. */
const PIECES = 64

export interface TerminalRouteDeps extends Pick<RouteDeps, 'now' | 'http'> {
  /** Null: consoles are left to others. */
  readonly terminals: Terminals | null
  /** Requests a minute and address. 0: no limit. */
  readonly rateLimit: number
}

export function terminalRoutes(app: App, { terminals, now, http, rateLimit }: TerminalRouteDeps): void {
  const websockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MESSAGE_BYTES,
    maxFragments: PIECES,
    maxBufferedChunks: PIECES,
  })
  addUpgrades(app)
  app.addHook('preClose', async () => terminals?.close())
  // A token that was revoked, a server that was deleted: whoever reads the answer knows that nobody types there any more.
  app.addHook('onSend', (request, reply, payload, done) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (isRead || reply.statusCode >= 400 || !terminals?.isOccupied) return done(null, payload)
    const warn = (err: unknown) => request.log.warn({ err }, 'could not look who may sit at a console')
    void terminals
      .check()
      .catch(warn)
      .then(() => done(null, payload))
  })

  app.post(PATH, {
    config: { access: 'servers:write', failures: ['not_found', 'terminals_off', 'terminal_limit_reached'] },
    schema: {
      operationId: 'createTerminalTicket',
      tags: ['guests'],
      summary: "A ticket for a server's serial console",
      description:
        'It opens one WebSocket at `path`, once, within 30 seconds: `GET /api/v1/servers/{server_id}/terminal/?ticket=…`, ' +
        'without an Authorization header. Binary messages are what the console says and what is typed. The first message is ' +
        'text: `{"state", "console", "offset"}`; the second is binary and has what was said before, 256 KiB at most, which ' +
        'begins after `offset` bytes of all that this `console` has said. `{"state"}` comes again whenever the server has ' +
        'stopped (`stopped`) or started (`running`); the WebSocket stays open meanwhile.',
      headers: postHeaders,
      params: pathIds('server_id'),
      body: NoBody,
      response: { 201: { description: 'The ticket.', ...refer(TerminalTicket) } },
    },
    handler: async (request, reply) => {
      const { accountId, tokenId } = callerOf(request)
      const pass = { serverId: pathId(request.params.server_id), accountId, tokenId }
      const ticket = Tickets.draw()
      const told: TerminalTicket = await answerPost(http, request, reply, {
        effect: async trx => {
          await readOwnServer(trx, pass)
          const refusal = terminals
            ? terminals.refusal(pass)
            : new Failure('terminals_off', 'This service leaves the consoles of servers to others')
          if (refusal) refuse(trx, refusal)
          const path = `${PATH.replace(':server_id', String(pass.serverId))}?ticket=${ticket}`
          return { status: 201, body: { ticket, path, expires_at: toTime(now() + TICKET_MS) } }
        },
      })
      // Not for a dry run, nor for the answer to an earlier request.
      if (told.ticket === ticket) terminals?.issue(ticket, pass)
      return told
    },
  })

  app.get(PATH, {
    config: { access: 'public', rateLimit: byAddress('terminal', rateLimit, `open ${rateLimit} terminals a minute`) },
    // OpenAPI knows no WebSockets: the POST tells of it.
    schema: { hide: true },
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      if (!terminals || !isUpgrade(request)) {
        reply.header('allow', 'POST')
        throw new Failure(
          'method_not_allowed',
          'A terminal is a WebSocket, and opened with a ticket: POST gives you one',
        )
      }
      refuseForeignOrigin(request)
      const { server_id } = request.params as { server_id: string }
      const { ticket } = request.query as { ticket?: unknown }
      const seat = await terminals.take(typeof ticket === 'string' ? ticket : '', pathId(server_id))
      const upgrade = takeOver(request, reply)
      if (!upgrade || upgrade.socket.destroyed) return seat.leave()
      const { socket, head } = upgrade
      // Also where no WebSocket comes of it: what is wrong with the handshake itself, ws answers.
      socket.once('close', () => seat.leave())
      websockets.handleUpgrade(request.raw, socket, head, websocket => {
        const { serverId, accountId, tokenId } = seat.pass
        request.log.info(
          { server: serverId, account: accountId, token: tokenId, client: request.ip },
          'terminal opened',
        )
        seat.sit(websocket)
      })
    },
  })
}
