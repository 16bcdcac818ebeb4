/** A limit of its own for a route that needs no token: its requests are counted by address. */
import type { FastifyRequest } from 'fastify'
import { Failure } from '../errors.ts'

/** `what`: requests of it are counted together. `max`: a minute; 0: no limit. `told`: what an address may do so often. */
export function byAddress(what: string, max: number, told: string) {
  if (max <= 0) return false
  return {
    max,
    keyGenerator: (request: FastifyRequest) => `${what} ${request.ip}`,
    errorResponseBuilder: (_: FastifyRequest, { ttl }: { ttl: number }) =>
      new Failure('rate_limited', `An address may ${told}`, { retryAfter: ttl / 1000 }),
  }
}
