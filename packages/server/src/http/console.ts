/** The console, on every path below `/console/`; what is there is handed in. No token needed: it asks for one. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../errors.ts'
import type { App } from './deps.ts'

/** Pages and files that know nothing of HTTP servers. */
export interface Console {
  respond(asked: { readonly path: string; readonly acceptEncoding: string | undefined }): {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | Buffer
  }
}

/** After all routes that are documented. */
export function consoleRoutes(app: App, console: Console): void {
  const handler = (request: FastifyRequest, reply: FastifyReply) => {
    const { status, headers, body } = console.respond({
      path: request.url.split('?', 1)[0] ?? '',
      acceptEncoding: request.headers['accept-encoding'],
    })
    return reply.code(status).headers(headers).send(body)
  }
  const open = { config: { access: 'public', rateLimit: false }, schema: { hide: true } } as const
  app.get('/console/*', { ...open, handler })
  app.get('/console', { ...open, handler: (_, reply) => toConsole(reply) })
  // Whoever types the service's address is a person; to programs there is nothing here, as ever.
  app.get('/', {
    ...open,
    handler: (request, reply) => {
      reply.header('vary', 'accept')
      if (!isPerson(request)) throw new Failure('not_found', 'There is nothing at this path')
      return toConsole(reply)
    },
  })
}

function toConsole(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-cache').redirect('/console/')
}

function isPerson({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true
}
