import Type, { type Static } from 'typebox'
import {
  type Consistency,
  type ConsistencyReason,
  type ConsistencyRequest,
  consistencies,
  consistencyReasons,
  consistencyRequests,
} from '../domain/consistency.ts'
import { type ServerStatus, serverStatuses } from '../domain/servers.ts'
import { DESCRIPTION_MAX, SNAPSHOT_NAME, type SnapshotStatus, snapshotStatuses } from '../domain/snapshots.ts'
import { bodyId } from '../http/ids.ts'
import { IntegerOrNull, NumberOrNull, StringOrNull, Time, TimeOrNull } from '../http/schemas.ts'

const ServerName = Type.Object({ id: Type.Integer(), name: Type.String() })

const fields = {
  id: Type.Integer(),
  server: ServerName,
  name: Type.String(),
  status: Type.Unsafe<SnapshotStatus>({ type: 'string', enum: snapshotStatuses }),
  size_mb: Type.Union([Type.Integer(), Type.Null()], {
    description:
      'Allocated in the chain of its layers, image included, in MiB; measured once, when it was completed. Null before, ' +
      'and when it failed.',
  }),
  created_at: Type.String({ format: 'date-time', description: 'When it was asked for.' }),
  description: Type.String(),
}

export const Snapshot = Type.Object(fields, { $id: 'Snapshot' })

export const CreatedSnapshot = Type.Object(
  { ...fields, message: Type.String({ description: 'How it stands, for people.' }) },
  { $id: 'CreatedSnapshot' },
)

export const Receipt = Type.Object(
  {
    requested: Type.Unsafe<ConsistencyRequest>({ type: 'string', enum: consistencyRequests }),
    achieved: Type.Unsafe<Consistency>({ type: 'string', enum: consistencies }),
    reason: Type.Unsafe<ConsistencyReason | null>({
      type: ['string', 'null'],
      description: 'Why less than `filesystem`; null when nothing less was achieved, or the server was stopped.',
    }),
    reason_text: StringOrNull,
    cut_at: Type.String({ format: 'date-time', description: 'The instant that the snapshot shows.' }),
    freeze_ms: NumberOrNull,
    pause_ms: NumberOrNull,
    running: Type.Boolean({ description: 'Whether the server ran.' }),
    driver_version: Type.String({ description: 'e.g. QEMU 7.2.22.' }),
    disks: Type.Array(
      Type.Object({ slot: Type.Integer(), size_bytes: Type.Integer(), allocated_bytes: Type.Integer() }),
    ),
  },
  { $id: 'Receipt', description: 'What was measured when the snapshot was taken.' },
)

const Bytes = Type.Object(
  {
    referenced: Type.Integer({ description: 'In all layers of its chains.' }),
    exclusive: Type.Integer({ description: 'In layers that nothing else reads: what deleting it can free.' }),
    shared: Type.Integer({ description: 'In layers that something else reads as well.' }),
  },
  { description: 'Counted when read.' },
)

export const SnapshotDetail = Type.Object(
  {
    ...fields,
    ended_at: TimeOrNull,
    operation_id: IntegerOrNull,
    receipt: Type.Union([Type.Unsafe<Static<typeof Receipt>>({ $ref: 'Receipt#' }), Type.Null()]),
    bytes: Type.Union([Bytes, Type.Null()]),
    error: Type.Union([Type.Unsafe<SnapshotError>({ $ref: 'OperationError#' }), Type.Null()]),
  },
  { $id: 'SnapshotDetail' },
)
interface SnapshotError {
  code: string
  title: string
  detail: string
  remedy: string
}

export const RestoreReply = Type.Object(
  {
    status: Type.Unsafe<'success' | 'failed'>({
      type: 'string',
      enum: ['success', 'failed'],
      description: '`success`: accepted, or done. `failed` only after a wait.',
    }),
    message: Type.String({ description: 'How it stands, for people.' }),
    snapshot: Type.Object({ id: Type.Integer(), name: Type.String(), created_at: Time }),
    server: Type.Object({
      id: Type.Integer(),
      name: Type.String(),
      status: Type.Unsafe<ServerStatus>({ type: 'string', enum: serverStatuses }),
    }),
  },
  { $id: 'RestoreReply' },
)

export const snapshotSchemas = [Snapshot, CreatedSnapshot, Receipt, SnapshotDetail, RestoreReply]

/** As documented: other keys are ignored. */
export const CreateSnapshot = Type.Object(
  {
    server_id: bodyId('The server to take it of.'),
    name: Type.Unsafe<string>({
      type: 'string',
      pattern: SNAPSHOT_NAME,
      description: 'Letters, digits, hyphens and underscores, 1 to 255. Need not be unique.',
      'x-message': 'Must be 1 to 255 ASCII letters, digits, hyphens and underscores.',
    }),
    description: Type.Optional(
      Type.Unsafe<string | null>({
        anyOf: [{ type: 'string', maxLength: DESCRIPTION_MAX }, { type: 'null' }],
        description: `At most ${DESCRIPTION_MAX} characters.`,
        'x-message': `Must be a string of at most ${DESCRIPTION_MAX} characters.`,
      }),
    ),
  },
  { examples: [{ server_id: 1, name: 'before-upgrade', description: 'just in case' }] },
)

export const CreateQuery = Type.Object({
  consistency: Type.Optional(
    Type.Unsafe<ConsistencyRequest>({
      type: 'string',
      enum: consistencyRequests,
      description:
        '`auto` (default): the best that can be proven; the receipt says which. `crash`: no freeze. `filesystem`: that ' +
        'or nothing.',
    }),
  ),
  memory: Type.Optional(
    Type.Unsafe<'true' | 'false'>({
      type: 'string',
      enum: ['true', 'false'],
      description: 'With the contents of memory: no host can do that yet.',
    }),
  ),
})

export const reasonText = (reason: ConsistencyReason | null) => (reason === null ? null : consistencyReasons[reason])
