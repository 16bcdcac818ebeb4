import type { Entry } from './entry.ts'
import type { RawReply } from './raw.ts'

const LONGEST = 400
const PROBLEM_TYPE = 'application/problem+json'

/** Signs of a stack, a file of ours, or a part of the machinery. */
const leaks = [
  /\bat \//,
  /\bat [\w.<>]+ \(/,
  /node:/,
  /\.[mc]?[tj]s:\d/,
  /node_modules/,
  /SQLITE/i,
  /\/(home|root|srv|var|tmp|opt)\//,
]

/** Why a reply is not the refusal that it should be, or nothing. */
export function judge(entry: Entry, reply: RawReply, secret: string): string | undefined {
  return fault(entry, reply, secret)
    ?.replace(/rp_[A-Za-z0-9_-]{43}/g, 'rp_…')
    .slice(0, LONGEST)
}

function fault(entry: Entry, reply: RawReply, secret: string): string | undefined {
  const { status, headers, text } = reply
  if (!entry.allowed.includes(status)) return `${entry.allowed.join(' or ')} expected, ${status} came: ${text}`
  const type = headers.get('content-type')?.split(';')[0]?.trim()
  if (type !== PROBLEM_TYPE) return `${status} with the type ${type}`
  const problem = parse(text)
  if (!problem) return `${status} with a body that is no object: ${text}`
  for (const key of ['type', 'title', 'detail', 'code']) {
    const value = problem[key]
    if (typeof value !== 'string' || value === '') return `${status} with ${key}: ${JSON.stringify(value)}`
  }
  if (problem.status !== status) return `${status} with status: ${JSON.stringify(problem.status)}`
  if (status === 401 && !/^Bearer\b/.test(headers.get('www-authenticate') ?? '')) return '401 without WWW-Authenticate'
  const leak = leaks.find(pattern => pattern.test(text))
  if (leak) return `${status} that tells too much (${leak}): ${text}`
  if (text.includes(secret)) return `${status} that tells the token`
  const isNamed = entry.where === 'field' || (entry.where === 'own field' && entry.isNamed)
  if (isNamed && !names(problem.errors, entry.field)) {
    return `${status} with errors that do not name ${entry.field}: ${JSON.stringify(problem.errors)}`
  }
  return undefined
}

function names(errors: unknown, field: string): boolean {
  const messages =
    typeof errors === 'object' && errors !== null ? (errors as Record<string, unknown>)[field] : undefined
  // A body that is refused as a whole (half a surrogate pair, a NUL) is named as the body.
  const whole = (errors as { body?: unknown } | undefined)?.body
  return [messages, whole].some(
    list => Array.isArray(list) && list.length > 0 && list.every(each => typeof each === 'string'),
  )
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as never) : undefined
  } catch {
    return undefined
  }
}
