import { isDeepStrictEqual } from 'node:util'
import { Mismatch } from './check.ts'
import type { Reply } from './client.ts'

export const TIME = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/
const LONGEST = 300

/** A value in one line, short, and without the secrets of tokens. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value))
  const safe = text.replace(/rp_[A-Za-z0-9_-]{43}/g, 'rp_…')
  return safe.length > LONGEST ? `${safe.slice(0, LONGEST)}…` : safe
}

export function that(condition: boolean, expected: string, actual: unknown): asserts condition {
  if (!condition) throw new Mismatch(expected, show(actual))
}

export function equal(actual: unknown, expected: unknown, what = ''): void {
  if (!isDeepStrictEqual(actual, expected)) {
    throw new Mismatch(`${what && `${what} `}${show(expected)}`, show(actual))
  }
}

/** Exactly these keys: nothing more, nothing less. */
export function keys(value: unknown, expected: readonly string[], what = 'the keys'): void {
  equal(Object.keys(object(value, what)).sort(), [...expected].sort(), what)
}

export function object(value: unknown, what: string): Record<string, unknown> {
  that(typeof value === 'object' && value !== null && !Array.isArray(value), `${what} to be an object`, value)
  return value as Record<string, unknown>
}

export function array(value: unknown, what: string): unknown[] {
  that(Array.isArray(value), `${what} to be an array`, value)
  return value
}

export function integer(value: unknown, what: string, least = 1): number {
  that(Number.isInteger(value) && (value as number) >= least, `${what} to be an integer from ${least}`, value)
  return value as number
}

export function text(value: unknown, what: string): string {
  that(typeof value === 'string' && value !== '', `${what} to be a non-empty string`, value)
  return value
}

export function matches(value: unknown, pattern: RegExp, what: string): void {
  that(typeof value === 'string' && pattern.test(value), `${what} like ${pattern.source}`, value)
}

/** UTC, whole seconds, `Z`. */
export function time(value: unknown, what: string): number {
  matches(value, TIME, what)
  return Date.parse(value as string)
}

export function status(reply: Reply, expected: number): void {
  if (reply.status !== expected)
    throw new Mismatch(String(expected), `${reply.status} ${show(reply.json ?? reply.text)}`)
}

export function contentType(reply: Reply, expected: string): void {
  const actual = reply.headers.get('content-type') ?? ''
  that(actual.split(';')[0]?.trim() === expected, `Content-Type ${expected}`, actual)
}

const PROBLEM_KEYS = ['type', 'title', 'status', 'detail', 'code']

/**
 * A problem body (RFC 9457) with our `code`: these keys and no others, but that a 400 may carry `errors`, and a busy
 * server the operation that is in the way.
 */
export function problem(reply: Reply, expected: number, code?: string): void {
  status(reply, expected)
  contentType(reply, 'application/problem+json')
  const body = object(reply.json, 'the problem')
  const optional = [...(expected === 400 ? ['errors'] : []), ...(body.code === 'server_busy' ? ['operation_id'] : [])]
  const required = Object.fromEntries(Object.entries(body).filter(([key]) => !optional.includes(key)))
  keys(required, PROBLEM_KEYS, "the problem's keys")
  equal(body.status, expected, 'status in the problem')
  for (const key of ['type', 'title', 'detail', 'code']) text(body[key], key)
  if (code !== undefined) equal(body.code, code, 'code')
}

/** A 400 that names the field which is wrong. */
export function invalid(reply: Reply, field: string): void {
  problem(reply, 400)
  const messages = array(object((reply.json as { errors: unknown }).errors, 'errors')[field], `errors.${field}`)
  that(messages.length > 0, `errors.${field} to hold a message`, messages)
  for (const message of messages) text(message, `errors.${field}[]`)
}
