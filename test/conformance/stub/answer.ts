/** From a request to its reply: path, method, who, what type, and only then what it means. */
import { createHash } from 'node:crypto'
import { Problem } from './problems.ts'
import { type Handler, header, type StubRequest } from './request.ts'
import { findPath, routes } from './routes.ts'
import { ADMIN, type Reply, type Token, tick, type World } from './world.ts'

export const BODY_LIMIT = 64 * 1024

export function answer(world: World, request: StubRequest): Reply {
  try {
    return dispatch(world, request)
  } catch (error) {
    if (error instanceof Problem) return error.reply
    throw error
  }
}

function dispatch(world: World, request: StubRequest): Reply {
  const found = findPath(request.path)
  if (!found) throw new Problem('not_found', 'There is no such path.')
  const name = found.methods.get(request.method)
  const route = name === undefined ? undefined : routes[name]
  request.route = (name ?? `${request.method} ${found.path}`).replace('/api/v1', '')
  if (found.id !== undefined) request.id = found.id
  if (route?.permission !== undefined || !route) request.token = authenticate(world, request)
  if (!route) {
    const allow = [...found.methods.keys()].join(', ')
    throw new Problem('method_not_allowed', `Use ${allow}.`, {}, { allow })
  }
  const { permission } = route
  const held = request.token?.permissions ?? []
  if (permission && !held.includes(ADMIN) && !held.includes(permission)) {
    throw new Problem('permission_denied', `The token lacks ${permission}.`)
  }
  if (request.body.length > BODY_LIMIT) throw new Problem('body_too_large', 'At most 64 KiB.')
  const type = header(request, 'content-type') ?? ''
  if (route.hasBody && !/^application\/json *(; *charset=utf-8)?$/i.test(type))
    throw new Problem('unsupported_media_type', 'Send JSON.')
  tick(world)
  return once(world, request, route.handler)
}

function authenticate(world: World, request: StubRequest): Token {
  const sent = request.headers.authorization
  const secret = /^Bearer +(\S+)$/i.exec(Array.isArray(sent) ? '' : (sent ?? ''))?.[1]
  const token = world.tokens.find(each => each.secret === secret)
  if (!token || (token.expiresAt !== null && token.expiresAt <= Date.now())) {
    throw new Problem('unauthenticated', 'Send a live token.', {}, { 'www-authenticate': 'Bearer' })
  }
  token.lastUsedAt = Date.now()
  return token
}

/** Idempotency-Key: one effect a key, and the same reply. What fails is not kept. */
function once(world: World, request: StubRequest, handler: Handler): Reply {
  const sent = header(request, 'idempotency-key')
  if (request.method !== 'POST' || sent === undefined) return handler(world, request)
  if (!/^[\x21-\x7e]{1,255}$/.test(sent)) throw new Problem('invalid_request', 'The Idempotency-Key is no key.')
  const key = `${request.route} ${sent}`
  const digest = createHash('sha256').update(`${request.path}?${request.query}\n`).update(request.body).digest('hex')
  const known = world.replies.get(key)
  if (known && known.digest !== digest) throw new Problem('idempotency_key_reused', 'Use a new key.')
  if (known?.tokenId) throw new Problem('token_already_created', `It is token ${known.tokenId}.`)
  if (known) return structuredClone(known.reply)
  const reply = handler(world, request)
  const tokenId = request.route === 'POST /tokens/' ? (reply.body as { id: number }).id : null
  world.replies.set(key, { digest, reply: structuredClone(reply), tokenId })
  return reply
}
