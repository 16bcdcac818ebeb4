import Type, { type Static } from 'typebox'
import { type ServerStatus, serverStatuses } from '../domain/servers.ts'
import { IntegerOrNull, StringOrNull, Time, TimeOrNull } from '../http/schemas.ts'
import { executionSchemas } from './exec/schemas.ts'

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

/** How a part of what tells one server from another came to be. */
const origins = ['new', 'by_cloud_init', 'copied'] as const
export type IdentityOrigin = (typeof origins)[number]
const Origin = Type.Unsafe<IdentityOrigin>({ type: 'string', enum: origins })

const Identity = Type.Object(
  {
    uuid: Origin,
    mac: Type.Unsafe<IdentityOrigin | null>({ type: ['string', 'null'], enum: [...origins, null] }),
    hostname: Origin,
    machine_id: Origin,
    ssh_host_keys: Origin,
    note: Type.Union([Type.String(), Type.Null()], { description: 'What is left for you to do; null: nothing.' }),
  },
  {
    description:
      'What this server does not share with what it was made from. `new`: made anew; `by_cloud_init`: made anew inside by ' +
      'cloud-init, when it first boots; `copied`: as in the image or snapshot.',
  },
)

const Network = Type.Object({
  type: Type.Unsafe<'none' | 'user' | 'bridge'>({ type: 'string', enum: ['none', 'user', 'bridge'] }),
  bridge: StringOrNull,
  mac: StringOrNull,
  quarantine: Type.Boolean({ description: 'Its network cable is unplugged.' }),
  forwards: Type.Array(Type.Object({ host: Type.String(), host_port: Type.Integer(), guest_port: Type.Integer() }), {
    description: 'Ports of the host that lead into the server.',
  }),
})

const Disk = Type.Object({
  slot: Type.Integer(),
  size_gb: Type.Number(),
  role: Type.Unsafe<'disk' | 'nvram'>({
    type: 'string',
    enum: ['disk', 'nvram'],
    description: '`nvram`: what UEFI remembers; no disk to the guest.',
  }),
})

const detail = {
  ...fields,
  uuid: Type.String(),
  status_reason: StringOrNull,
  agent: Type.Object({ connected: Type.Boolean({ description: 'Whether its guest agent can be talked to.' }) }),
  undo: Type.Object({
    available: Type.Boolean(),
    until: TimeOrNull,
    operation_id: IntegerOrNull,
    hours: Type.Integer({ description: 'For how long a restore can be undone.' }),
  }),
  snapshots: Type.Object({
    count: Type.Integer({ description: 'Those that count: in progress and completed.' }),
    limit: Type.Integer({ description: 'How many there may be.' }),
  }),
  disks: Type.Array(Disk),
  firmware: Type.Unsafe<'bios' | 'uefi'>({ type: 'string', enum: ['bios', 'uefi'] }),
  autostart: Type.Boolean({ description: 'Runs again after a restart of the host, if it ran before.' }),
  network: Network,
  cloned_from: Type.Union([Type.Integer(), Type.Null()], {
    description: 'The snapshot that it is a clone of; it may be gone.',
  }),
  identity: Identity,
}

export const ServerDetail = Type.Object(detail, { $id: 'ServerDetail' })
export type ServerDetail = Static<typeof ServerDetail>

export const ChangedServer = Type.Object(
  { ...detail, message: Type.String({ description: 'When what was changed takes effect, for people.' }) },
  { $id: 'ChangedServer' },
)

export const serverSchemas = [Server, ServerDetail, ChangedServer, ...executionSchemas]
