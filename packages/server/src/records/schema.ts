/**
 * What lies beside the layers, so that neither names nor heads are lost with the database: one JSON file a server and
 * an image, one for the accounts, one for the ids. Layers themselves are described by their own headers; a record only
 * says which layer is whose. Times are UTC with milliseconds. No token is in here, nor its digest; what a server was
 * given as cloud-init user data is, and may hold secrets.
 */
import Type, { type Static, type TSchema } from 'typebox'
import { serverStatuses } from '../domain/servers.ts'

/** Rises when an older rebuild could no longer read a record, or would read it wrongly. */
export const VERSION = 1

const Id = (description: string) => Type.Integer({ minimum: 1, description })
const OrNull = <Schema extends TSchema>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description })
const Text = (description: string) => Type.String({ description })
const Time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' })
const When = (description: string) => Type.String({ ...Time, description })
const Json = (description: string) => Type.Unknown({ description })
const Version = Type.Literal(VERSION, { description: 'Of this format.' })

/** Of one disk: where a snapshot, an undo point or the guest has it. */
const DiskLayer = Type.Object({
  disk_id: Id('The disk.'),
  slot: Type.Integer({ minimum: 0, description: 'Its place on the bus.' }),
  layer: Id('The layer through which it is read.'),
  file: Text('That layer, from the state folder. For people; a rebuild goes by `layer`.'),
})

const Operation = Type.Object({
  id: Id('Of the operation.'),
  kind: Text('What it did.'),
  created_at: When('When it was asked for.'),
  started_at: OrNull(Time, 'When it began.'),
  ended_at: OrNull(Time, 'When it ended.'),
})

export const SnapshotRecord = Type.Object({
  id: Id('Of the snapshot.'),
  name: Text('Its name.'),
  description: Text('Its description.'),
  size_mb: OrNull(Type.Integer(), 'As the API tells it.'),
  receipt: Json('Its receipt as it was measured; `cut_at` in milliseconds since 1970.'),
  created_at: When('When it was asked for.'),
  ended_at: OrNull(Time, 'When it was completed.'),
  operation: OrNull(Operation, 'What took it.'),
  disks: Type.Array(DiskLayer, { description: 'What holds each disk.' }),
})

export const UndoRecord = Type.Object({
  operation: { ...Operation, description: 'The restore that it undoes.' },
  created_at: When('When that restore swapped the layers.'),
  expires_at: When('Until when it can be undone.'),
  disks: Type.Array(DiskLayer, { description: 'What each disk was before.' }),
})

export const ServerRecord = Type.Object({
  version: Version,
  id: Id('Of the server.'),
  uuid: Text('Of its machine; the guest sees it.'),
  account: Type.Object({ id: Id('Whose it is.'), email: Text('Its address.') }),
  name: Text('Its name.'),
  hostname: Text('Its host name.'),
  location: Text('Where it is said to be.'),
  status: Type.Enum([...serverStatuses], { description: 'As it was when this was written.' }),
  status_reason: OrNull(Type.String(), 'Why.'),
  image: Type.Object({ id: Id('What its first disk was made from.'), name: Text('Its name.') }),
  plan: Type.Object({
    name: Text('Its name.'),
    vcpus: Type.Integer({ description: 'Processors.' }),
    memory_mb: Type.Integer({ description: 'Memory, MiB.' }),
    storage_gb: Type.Integer({ description: 'First disk, GiB.' }),
  }),
  firmware: Type.Enum(['bios', 'uefi'], { description: 'What boots it.' }),
  network: Text('`none`, `user` or `bridge:` and a name.'),
  mac: OrNull(Type.String(), 'Of its network card.'),
  forwards: Type.Array(
    Type.Object({
      host_port: Type.Integer({ description: "A port of the host's loopback." }),
      guest_port: Type.Integer({ description: 'Where it leads in the server.' }),
    }),
    { description: 'Ports that are forwarded.' },
  ),
  ip_address: OrNull(Type.String(), 'As the guest last told it.'),
  quarantined_at: OrNull(Time, 'Since when its network cable is unplugged.'),
  autostart: Type.Boolean({ description: 'Whether it runs again after a restart of the host.' }),
  generation_id: OrNull(Type.String(), 'VM generation id.'),
  instance_id: OrNull(Type.String(), "cloud-init's."),
  cloud_init: Json('What it was given for cloud-init: `user_data` and `ssh_keys`.'),
  cloned_from: OrNull(Type.Integer(), 'The snapshot that it was made from.'),
  created_at: When('When it was made.'),
  updated_at: When('When it last changed.'),
  disks: Type.Array(
    Type.Object({ ...DiskLayer.properties, role: Type.Enum(['disk', 'nvram'], { description: 'What it is.' }) }),
    { description: 'Its disks as the guest has them: `layer` is the active one.' },
  ),
  snapshots: Type.Array(SnapshotRecord, { description: 'The completed ones.' }),
  undo_point: OrNull(UndoRecord, 'What an undo would go back to.'),
  layers: Type.Array(
    Type.Object({
      id: Id('Of the layer.'),
      server_id: OrNull(Type.Integer(), 'The server that it was made for and counts against; null: that one is gone.'),
      created_at: When('When it was made.'),
    }),
    { description: 'Every layer below its disks, snapshots and undo point, images apart.' },
  ),
})

export const ImageRecord = Type.Object({
  version: Version,
  id: Id('Of the image.'),
  name: Text('Its name.'),
  os_name: Text('What system is in it.'),
  cloud_init: Type.Boolean({ description: 'Whether cloud-init is in it.' }),
  kernel: Json(
    '`{kernel, initrd, append}` of an image that does not boot by itself, paths from the folder `guests`; else null.',
  ),
  created_at: When('When it was brought.'),
  operation: OrNull(
    Type.Object({ ...Operation.properties, account_id: Id('Who brought it.') }),
    'Its import; null where the service made it itself.',
  ),
  deleted_at: OrNull(Time, 'When it was deleted, where servers still stand on it.'),
  layer: OrNull(
    Type.Object({
      id: Id('Of the layer.'),
      format: Type.Enum(['qcow2', 'raw'], { description: 'Of its file.' }),
      size_bytes: Type.Integer({ minimum: 0, description: 'Virtual size.' }),
      file: Text('From the state folder.'),
      linked: Type.Boolean({
        description: 'Whether the file is used where the operator has it; `file` is its path then.',
      }),
      created_at: When('When it was made.'),
    }),
    'Its disk; null where nothing stands on it any more.',
  ),
})

export const AccountsRecord = Type.Object({
  version: Version,
  accounts: Type.Array(
    Type.Object({
      id: Id('Of the account.'),
      email: Text('Its address.'),
      first_name: Text('For people.'),
      last_name: Text('For people.'),
      company_name: Text('For people.'),
      created_at: When('When it was made.'),
      quota_servers: OrNull(Type.Integer(), 'How many servers it may have.'),
      quota_snapshots: OrNull(Type.Integer(), 'How many snapshots each.'),
      quota_bytes: OrNull(Type.Integer(), 'How many bytes.'),
      is_admin: Type.Boolean({ description: "Whether one of its tokens is the host's administrator's." }),
    }),
    { description: 'Every account that was not deleted.' },
  ),
})

export const IdsRecord = Type.Object({
  version: Version,
  highest: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
    description: 'The highest id that was ever given, by table: none is given twice.',
  }),
})

export type ServerRecord = Static<typeof ServerRecord>
export type SnapshotRecord = Static<typeof SnapshotRecord>
export type UndoRecord = Static<typeof UndoRecord>
export type DiskLayerRecord = Static<typeof DiskLayer>
export type OperationRecord = Static<typeof Operation>
export type ImageRecord = Static<typeof ImageRecord>
export type AccountsRecord = Static<typeof AccountsRecord>
export type IdsRecord = Static<typeof IdsRecord>

/** Everything that is recorded of a host. */
export interface Records {
  readonly ids: IdsRecord
  readonly accounts: AccountsRecord
  readonly images: readonly ImageRecord[]
  readonly servers: readonly ServerRecord[]
}
