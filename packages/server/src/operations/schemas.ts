import Type, { type Static } from 'typebox'
import type { OperationStatus } from '../db/schema.ts'
import { catalogue, type ErrorCode } from '../errors.ts'
import { IntegerOrNull, StringOrNull, Time, TimeOrNull } from '../http/schemas.ts'
import { toTime, toTimeOrNull } from '../http/times.ts'
import { withoutFolders } from './told.ts'

export const operationStatuses = [
  'queued',
  'running',
  'waiting',
  'completed',
  'failed',
  'cancelled',
] as const satisfies readonly OperationStatus[]

export const OperationError = Type.Object(
  {
    code: Type.String({ description: 'One of the codes of Problem.' }),
    title: Type.String(),
    detail: Type.String({ description: 'What happened.' }),
    remedy: Type.String({ description: 'What can be done about it.' }),
  },
  { $id: 'OperationError' },
)

const ServerName = Type.Object({ id: Type.Integer(), name: Type.String() })

export const Operation = Type.Object(
  {
    id: Type.Integer(),
    kind: Type.String({ description: 'What it does, e.g. snapshot_create.' }),
    status: Type.Unsafe<OperationStatus>({ type: 'string', enum: operationStatuses }),
    step: Type.Union([Type.String(), Type.Null()], { description: 'The step that is next or under way.' }),
    progress: Type.Number({ minimum: 0, maximum: 1 }),
    attempts: Type.Integer({ description: 'How often it was taken up.' }),
    waits_for: StringOrNull,
    server: Type.Union([ServerName, Type.Null()]),
    snapshot_id: IntegerOrNull,
    image_id: IntegerOrNull,
    error: Type.Union([Type.Unsafe<Static<typeof OperationError>>({ $ref: 'OperationError#' }), Type.Null()]),
    created_at: Time,
    started_at: TimeOrNull,
    ended_at: TimeOrNull,
  },
  { $id: 'Operation', description: 'Something long that was asked for, and how far it is.' },
)
export type Operation = Static<typeof Operation>

export const operationSchemas = [OperationError, Operation]

/** What an operation ended with, for people; null where it did not fail. `isHosts`: only administrators see it. */
export function operationError(
  code: string | null,
  detail: string | null,
  isHosts = false,
): Static<typeof OperationError> | null {
  if (code === null) return null
  const { title, remedy } = catalogue[code as ErrorCode] ?? catalogue.internal_error
  const told = detail ?? title
  return { code, title, detail: isHosts ? told : withoutFolders(told), remedy }
}

export interface OperationListRow {
  readonly id: number
  readonly kind: string
  readonly status: OperationStatus
  readonly step: string | null
  readonly progress: number
  readonly attempts: number
  readonly waits_for: string | null
  readonly server_id: number | null
  readonly server_name: string | null
  readonly snapshot_id: number | null
  readonly image_id: number | null
  readonly error_code: string | null
  readonly error_detail: string | null
  readonly created_at: number
  readonly started_at: number | null
  readonly ended_at: number | null
}

export function toOperation(row: OperationListRow): Operation {
  const { id, kind, status, step, progress, attempts, waits_for, snapshot_id, image_id } = row
  const hasFailed = status === 'failed' || status === 'cancelled'
  const isHosts = image_id !== null
  return {
    id,
    kind,
    status,
    step,
    progress,
    attempts,
    waits_for: waits_for === null || isHosts ? waits_for : withoutFolders(waits_for),
    server: row.server_id === null ? null : { id: row.server_id, name: row.server_name ?? '' },
    snapshot_id,
    image_id,
    error: hasFailed ? operationError(row.error_code, row.error_detail, isHosts) : null,
    created_at: toTime(row.created_at),
    started_at: toTimeOrNull(row.started_at),
    ended_at: toTimeOrNull(row.ended_at),
  }
}
