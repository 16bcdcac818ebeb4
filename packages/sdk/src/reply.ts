/** What a reply says: an answer, a refusal, or nothing that could be from Restpoint. */
import type { Problem } from './api.ts'
import type { Incoming } from './connection.ts'
import { RestpointError, UnexpectedReplyError } from './errors.ts'

/**
 * The body of a reply with one of these statuses; undefined for 204.
 * @throws RestpointError, UnexpectedReplyError
 */
export function readReply({ status, headers, text }: Incoming, statuses: readonly number[], what: string): unknown {
  const retryAfter = secondsOf(headers.get('retry-after'))
  if (status === 204 && statuses.includes(204)) return undefined
  const body = parsed(text)
  if (isProblem(body)) throw new RestpointError(body, retryAfter)
  if (statuses.includes(status) && typeof body === 'object' && body !== null) return body
  throw new UnexpectedReplyError(
    `${what} was answered with ${status} by something else than Restpoint`,
    status,
    retryAfter,
  )
}

/** @throws UnexpectedReplyError where something on the way has taken it out. */
export function operationIdOf({ status, headers }: Incoming, what: string): number {
  const id = Number(headers.get('operation-id') ?? '')
  if (Number.isSafeInteger(id) && id > 0) return id
  throw new UnexpectedReplyError(`${what} was accepted, but the reply lacks the header Operation-Id`, status)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isProblem(body: unknown): body is Problem {
  const { type, detail } = (body ?? {}) as Partial<Problem>
  return typeof type === 'string' && type.startsWith('urn:restpoint:error:') && typeof detail === 'string'
}

/** Seconds, or a date. */
function secondsOf(header: string | null): number | undefined {
  if (header === null) return undefined
  const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}
