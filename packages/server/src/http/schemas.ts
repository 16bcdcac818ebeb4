/** What the schemas of all routes share. */
import Type, { type Static, type TSchema } from 'typebox'
import { catalogue } from '../errors.ts'
import type { App } from './deps.ts'
import { Problem } from './problem.ts'

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
export const NoBody = Type.Union([Type.Object({}, { additionalProperties: false }), Type.Null()])
/** The same on a documented route, where unknown keys are ignored. */
export const IgnoredBody = Type.Union([Type.Object({}), Type.Null()])

/** A reply without a body. */
export const nothing = (description: string) => Type.Unsafe<undefined>({ type: 'null', description })

type ErrorStatus = 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503

/** The problems a route can answer, told for the OpenAPI document. */
export function problems(...statuses: (400 | 404)[]) {
  const all: ErrorStatus[] = [...statuses, 401, 403, 413, 415, 429, 500, 503]
  return Object.fromEntries(
    all.sort().map(status => [status, { description: titles(status), ...refer(Problem) }]),
  ) as unknown as Record<ErrorStatus, TSchema>
}

function titles(status: number): string {
  const entries = Object.entries(catalogue).filter(([, entry]) => entry.status === status)
  return entries.map(([code]) => code).join(', ')
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
