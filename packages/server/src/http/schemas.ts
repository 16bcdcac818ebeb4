/** What the schemas of all routes share. */
import Type, { type Static, type TSchema } from 'typebox'
import type { App } from './deps.ts'

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
  'x-message': 'There must be no body, or an empty object.',
  'x-documented': null,
})
/** The same on a documented route, where unknown keys are ignored. */
export const IgnoredBody = Type.Union([Type.Object({}), Type.Null()], {
  'x-message': 'There must be no body, or an object.',
  'x-documented': null,
})

const operationId = { type: 'string', description: 'The operation: GET /api/v1/operations/{operation_id}/.' }

/** A reply without a body. */
export const nothing = (description: string) => Type.Unsafe<undefined>({ type: 'null', description })

/** A reply without a body that names the operation it has started. */
export const nothingYet = (description: string) => ({
  ...nothing(description),
  headers: { 'Operation-Id': operationId },
})

/** A reply that names the operation it has started. */
export function started<Schema extends TSchema>(description: string, schema: Schema) {
  const headers = {
    'Operation-Id': operationId,
    'Preference-Applied': { type: 'string', description: 'Where `Prefer: wait=N` was heeded.' },
    'Idempotency-Replayed': { type: 'string', description: '`true`: this is the reply to an earlier request.' },
  }
  return { description, headers, ...refer(schema) }
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
