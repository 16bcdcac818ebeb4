import Type, { type Static } from 'typebox'
import type { Events } from '../db/schema.ts'
import { Time } from '../http/schemas.ts'
import { toTime } from '../http/times.ts'
import type { EventRow } from './store.ts'

const changes = ['created', 'updated', 'deleted'] as const satisfies readonly Events['change'][]

export const Change = Type.Object(
  {
    id: Type.Integer({ description: 'Of what has changed. What it is, the name of the event says.' }),
    server_id: Type.Union([Type.Integer(), Type.Null()], { description: 'The server that it belongs to, if it does.' }),
    change: Type.Unsafe<Events['change']>({ type: 'string', enum: changes }),
    at: Time,
    status: Type.Optional(Type.String({ description: 'Of an operation, as `step` and `progress`.' })),
    step: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    progress: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  },
  { $id: 'Change', description: 'The data of an event: what has changed. How it is now has to be asked for.' },
)

export const eventSchemas = [Change]

const description =
  'The last event that was seen: what came after it is sent. The header Last-Event-ID, which browsers send by ' +
  'themselves, counts more than the query.'

/** The id of an event in a query or header; 0 is before the first. */
export const lastEventId = Type.Unsafe<string>({
  type: 'string',
  pattern: '^[0-9]{1,15}$',
  'x-message': 'Must be the id of an event.',
  'x-documented': { type: 'integer', minimum: 0, description },
  description,
})

export function toChange(row: EventRow): Static<typeof Change> {
  const { object_id: id, server_id, change, at, status, step, progress } = row
  return {
    id,
    server_id,
    change,
    at: toTime(at),
    ...(status === null ? {} : { status, step, progress: progress ?? 0 }),
  }
}
