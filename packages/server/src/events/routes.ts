/** Changes as they happen, as server-sent events. */
import Type from 'typebox'
import { callerOf } from '../http/auth.ts'
import type { App } from '../http/deps.ts'
import { refer } from '../http/schemas.ts'
import type { Feed } from './feed.ts'
import { Change, lastEventId } from './schemas.ts'

const EVENT_STREAM = 'text/event-stream'

export function eventRoutes(app: App, feed: Feed): void {
  app.get('/api/v1/events/', {
    config: { access: 'token' },
    schema: {
      operationId: 'streamEvents',
      tags: ['events'],
      summary: 'Changes as they happen',
      description:
        'Server-sent events that do not end: of the account, and of the host as far as the token may read it. Each is ' +
        'named `server`, `snapshot`, `operation`, `image`, `token` or `account`. `reset` says that everything has to be ' +
        'read anew: at the beginning, and where what came since Last-Event-ID is not kept any more.',
      headers: Type.Object({ 'last-event-id': Type.Optional(lastEventId) }),
      querystring: Type.Object({ last_event_id: Type.Optional(lastEventId) }),
      response: {
        200: {
          description: 'The events; each has one of these as its data.',
          content: { [EVENT_STREAM]: { schema: refer(Change) } },
        },
      },
    },
    handler: async (request, reply) => {
      const { tokenId, accountId, permissions, expiresAt } = callerOf(request)
      const isHead = request.method === 'HEAD'
      if (!isHead) feed.refuseIfFull(tokenId)
      const given = request.headers['last-event-id'] ?? request.query.last_event_id
      const { raw: response } = reply.hijack()
      response.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': `${EVENT_STREAM}; charset=utf-8`,
        // A proxy is not to wait until there is more of it.
        'x-accel-buffering': 'no',
      })
      if (isHead) {
        response.end()
        return reply
      }
      response.flushHeaders()
      const after = given === undefined ? undefined : Number(given)
      feed.open({ reader: { tokenId, accountId, permissions }, expiresAt, after, response })
      return reply
    },
  })
}
