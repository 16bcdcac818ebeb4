/** The documentation for people, on every path below `/docs/`; what is there is handed in. No token needed. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { byAddress } from './by-address.ts'
import type { App } from './deps.ts'

/** A site of pages that knows nothing of HTTP servers. */
export interface Docs {
  respond(asked: {
    readonly path: string
    readonly query: Readonly<Record<string, unknown>>
    readonly origin: string
    readonly acceptLanguage: string | undefined
  }): {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | Buffer
  }
}

/** What a host may look like to be written into a page: a name or an address, with or without a port. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?$/i

export interface DocsOptions {
  /** Makes it of the OpenAPI document, when the first page is asked for: a start does not wait for it. */
  readonly open: (document: object) => Docs
  /** Requests a minute and address: there is no token to count by. 0: no limit. */
  readonly rateLimit: number
}

/** After all routes that are documented. */
export function docsRoutes(app: App, { open, rateLimit }: DocsOptions): void {
  let docs: Docs | undefined
  const handler = (request: FastifyRequest, reply: FastifyReply) => {
    docs ??= open(app.swagger())
    const { status, headers, body } = docs.respond({
      path: request.url.split('?', 1)[0] ?? '',
      query: request.query as Record<string, unknown>,
      origin: originOf(request),
      acceptLanguage: request.headers['accept-language'],
    })
    reply.headers(headers)
    return isKnown(headers['etag'], request.headers['if-none-match'])
      ? reply.code(304).send()
      : reply.code(status).send(body)
  }
  const limit = byAddress('docs', rateLimit, `read ${rateLimit} pages a minute`)
  for (const url of ['/docs', '/docs/*']) {
    app.get(url, {
      config: { access: 'public', rateLimit: limit },
      schema: { hide: true },
      handler,
    })
  }
  // Named by their content, sent from memory, and asked for once.
  app.get('/docs/assets/*', { config: { access: 'public', rateLimit: false }, schema: { hide: true }, handler })
}

/** Proxies that compress call a tag weak. */
function isKnown(tag: string | undefined, known: string | undefined): boolean {
  const tags = known?.split(',').map(one => one.trim().replace(/^W\//, ''))
  return tag !== undefined && tags?.includes(tag) === true
}

/** As the reader reaches the service: behind a trusted proxy what that says. What no host may look like is not repeated. */
function originOf({ protocol, host, raw }: FastifyRequest): string {
  if (HOST.test(host)) return `${protocol === 'https' ? 'https' : 'http'}://${host.toLowerCase()}`
  return `http://localhost:${raw.socket.localPort ?? 80}`
}
