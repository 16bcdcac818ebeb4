/**
 * Which failures a route can answer. Told for the OpenAPI document only: problems are sent as text, so nothing has to be
 * compiled for them.
 */
import { catalogue, type ErrorCode } from '../errors.ts'
import { PROBLEM_TYPE, Problem } from './problem.ts'
import { refer } from './schemas.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route's own, beside those that every route of its kind can answer. */
    failures?: readonly ErrorCode[]
  }
}

/** `invalid_request` and `not_found`: each understands `?account_id=`. */
const always = [
  'invalid_request',
  'unauthenticated',
  'permission_denied',
  'not_found',
  'rate_limited',
  'internal_error',
  'unavailable',
] as const
/** Of these, what has to do with whose request it is. */
const ofToken: readonly ErrorCode[] = ['unauthenticated', 'permission_denied', 'not_found', 'idempotency_key_reused']
const withBody = ['body_too_large', 'unsupported_media_type'] as const
const byMethod: Record<string, readonly ErrorCode[]> = {
  GET: always,
  DELETE: [...withBody, ...always],
  PATCH: [...withBody, ...always],
  POST: [...withBody, 'idempotency_key_reused', ...always],
}

/** Status → response, as a route's schema has it. */
export function problemResponses(
  method: string,
  failures: readonly ErrorCode[] = [],
  { isPublic = false } = {},
): Record<number, object> {
  const byStatus = new Map<number, ErrorCode[]>()
  const usual = (byMethod[method] ?? always).filter(code => !isPublic || !ofToken.includes(code))
  for (const code of new Set([...failures, ...usual])) {
    const { status } = catalogue[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const entries = [...byStatus].sort(([a], [b]) => a - b)
  return Object.fromEntries(
    entries.map(([status, codes]) => [
      status,
      { description: codes.join(', '), content: { [PROBLEM_TYPE]: { schema: refer(Problem) } } },
    ]),
  )
}
