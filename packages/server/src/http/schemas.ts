/** What the schemas of all routes share. */
import Type, { type Static, type TSchema } from 'typebox'
import { catalogue, type ErrorCode } from '../errors.ts'
import type { App } from './deps.ts'
import { PROBLEM_TYPE, Problem } from './problem.ts'

/** Named schemas become components of the OpenAPI document; `refer` points to one without losing its type. */
export function addNamedSchemas(app: App, schemas: readonly TSchema[]): void {
  for (const schema of schemas) app.addSchema(schema)
}

export function refer<Schema extends TSchema>(schema: Schema) {
  const { $id } = schema as { $id?: string }
  if ($id === undefined) throw new Error('only a schema with an $id can be referred to')
  return Type.Unsafe<Static<Schema>>({ $ref: `${$id}#` })
}

export const Time = Type.String({ format: 'date-time', description: 'UTC, whole seconds: 2025-01-15T18:30:00Z.' })
export const TimeOrNull = Type.Union([Time, Type.Null()])
export const StringOrNull = Type.Union([Type.String(), Type.Null()])
export const IntegerOrNull = Type.Union([Type.Integer(), Type.Null()])
export const NumberOrNull = Type.Union([Type.Number(), Type.Null()])

/** No body, which some clients spell `{}` or `null`. */
export const NoBody = Type.Union([Type.Object({}, { additionalProperties: false }), Type.Null()], {
  'x-documented': null,
})
/** The same on a documented route, where unknown keys are ignored. */
export const IgnoredBody = Type.Union([Type.Object({}), Type.Null()], { 'x-documented': null })

/** A reply without a body. */
export const nothing = (description: string) => Type.Unsafe<undefined>({ type: 'null', description })

/** A reply that names the operation it has started. */
export function started<Schema extends TSchema>(description: string, schema: Schema) {
  const headers = {
    'Operation-Id': { type: 'string', description: 'The operation: GET /api/v1/operations/{operation_id}/.' },
    'Preference-Applied': { type: 'string', description: 'Where `Prefer: wait=N` was heeded.' },
    'Idempotency-Replayed': { type: 'string', description: '`true`: this is the reply to an earlier request.' },
  }
  return { description, headers, ...refer(schema) }
}

const always = ['unauthenticated', 'permission_denied', 'rate_limited', 'internal_error', 'unavailable'] as const
const withBody = ['invalid_request', 'body_too_large', 'unsupported_media_type'] as const

/** The failures of a route without a body: its own, and those that every route can answer. */
export function problems(...codes: ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of [...codes, ...always]) {
    const { status } = catalogue[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const entries = [...byStatus].sort(([a], [b]) => a - b)
  return Object.fromEntries(
    entries.map(([status, names]) => [
      status,
      { description: names.join(', '), content: { [PROBLEM_TYPE]: { schema: refer(Problem) } } },
    ]),
  ) as unknown as Record<400 | 401 | 403 | 404, TSchema>
}

/** The same for a route that reads a body. */
export function bodyProblems(...codes: ErrorCode[]) {
  return problems(...withBody, ...codes)
}

/** The same for a POST. */
export function postProblems(...codes: ErrorCode[]) {
  return bodyProblems('idempotency_key_reused', ...codes)
}

/** Headers that every POST understands. */
export const postHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ description: 'Repeats of a request with the same key have no further effect, for 24 hours.' }),
  ),
  prefer: Type.Optional(
    Type.String({ description: '`wait=N`: answer when the operation has ended, or after N seconds (at most 60).' }),
  ),
})
