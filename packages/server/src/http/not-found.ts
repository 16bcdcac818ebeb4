/** Unknown paths answer 404, known paths with another method 405 and which methods there are. Both before a body is read. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../errors.ts'
import type { App } from './deps.ts'

export function addNotFound(app: App): void {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() }
    for (const name of [method].flat()) route.methods.add(name)
    routes.set(url, route)
  })
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) done(refusal(request, reply))
    else done()
  })
  function refusal(request: FastifyRequest, reply: FastifyReply): Failure {
    const path = request.url.split('?', 1)[0] ?? ''
    const known = [...routes.values()].filter(route => route.pattern.test(path))
    if (known.length === 0) return new Failure('not_found', 'There is nothing at this path')
    const methods = [...new Set(known.flatMap(route => [...route.methods]))].sort().join(', ')
    reply.header('allow', methods)
    return new Failure('method_not_allowed', `${request.method} is not one of ${methods}`)
  }
  // Never reached, but without a handler of our own the hook above would not run.
  app.setNotFoundHandler(() => {
    throw new Failure('not_found', 'There is nothing at this path')
  })
}

function patternOf(url: string): RegExp {
  const parts = url
    .split('/')
    .map(part => (part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
  return new RegExp(`^${parts.join('/')}$`)
}
