import Type, { type Static } from 'typebox'
import { type ServerStatus, serverStatuses } from '../domain/servers.ts'
import { IntegerOrNull, StringOrNull, Time, TimeOrNull } from '../http/schemas.ts'

const fields = {
  id: Type.Integer(),
  name: Type.String(),
  hostname: Type.String(),
  status: Type.Unsafe<ServerStatus>({ type: 'string', enum: serverStatuses }),
  ip_address: Type.Union([Type.String(), Type.Null()], { description: 'As the guest agent reports it.' }),
  location: Type.String(),
  plan: Type.Object({
    id: Type.Integer(),
    name: Type.String(),
    vcpus: Type.Integer(),
    memory: Type.Integer({ description: 'MB' }),
    storage: Type.Integer({ description: 'GB' }),
  }),
  os: Type.Object({ id: Type.Integer(), name: Type.String() }),
  created_at: Time,
  updated_at: Time,
}

export const Server = Type.Object(fields, { $id: 'Server' })

export const ServerDetail = Type.Object(
  {
    ...fields,
    uuid: Type.String(),
    status_reason: StringOrNull,
    agent: Type.Object({ connected: Type.Boolean({ description: 'Whether its guest agent can be talked to.' }) }),
    undo: Type.Object({
      available: Type.Boolean(),
      until: TimeOrNull,
      operation_id: IntegerOrNull,
    }),
    disks: Type.Array(Type.Object({ slot: Type.Integer(), size_gb: Type.Number() })),
  },
  { $id: 'ServerDetail' },
)
export type ServerDetail = Static<typeof ServerDetail>

export const serverSchemas = [Server, ServerDetail]
