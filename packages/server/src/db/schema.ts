/**
 * The tables. Times are epoch milliseconds; JSON is text; booleans do not occur (a time or a null says more).
 * Everything a person owns carries its `account_id`, and every query by id names it.
 */
import type { Generated } from 'kysely'
import type { Permission } from '../domain/permissions.ts'
import type { ServerStatus } from '../domain/servers.ts'
import type { SnapshotStatus } from '../domain/snapshots.ts'

type Id = Generated<number>
type Millis = number

export interface Accounts {
  id: Id
  email: string
  first_name: string
  last_name: string
  company_name: string
  created_at: Millis
  /** How many servers it may have; null: as many as the host allows. */
  quota_servers: number | null
  /** How many snapshots each of its servers may have; null: RESTPOINT_SNAPSHOT_LIMIT. */
  quota_snapshots: number | null
  /** How many bytes its layers may allocate; null: as many as there are. */
  quota_bytes: number | null
  deleted_at: Millis | null
}

export interface Tokens {
  id: Id
  account_id: number
  name: string
  /** SHA-256 of the secret, hex. */
  digest: string
  /** JSON array of permissions. */
  permissions: string
  created_at: Millis
  expires_at: Millis | null
  last_used_at: Millis | null
}

/** What a disk is made from. Belongs to the host. */
export interface Images {
  id: Id
  name: string
  os_name: string
  /** Null: it has gone, or there never was one (the import failed). */
  layer_id: number | null
  /** JSON `{kernel, initrd, append}` of host paths for a direct kernel boot; null: boots from its disk. */
  kernel: string | null
  created_at: Millis
  status: Generated<'importing' | 'available' | 'failed'>
  /** 1 where the operator says that cloud-init is in it. */
  cloud_init: Generated<number>
  /** Its import; null: made by the service itself. */
  operation_id: number | null
  /** It has left the list; its layer goes with the last that stands on it. */
  deleted_at: Millis | null
}

export interface Layers {
  id: Id
  /** Whose server it was made for; null: an image's. */
  account_id: number | null
  parent_id: number | null
  size_bytes: number
  format: 'qcow2' | 'raw'
  /** Host path of an image used in place; null: the driver's own file. */
  file: string | null
  /** 1 for an image's layer. */
  is_image: number
  state: 'prepared' | 'live' | 'kept' | 'trash'
  created_at: Millis
  /** The server it was made for, and whose account's quota it counts against; null: an image's, or its server is gone. */
  server_id: number | null
}

export interface Servers {
  id: Id
  account_id: number
  uuid: string
  name: string
  hostname: string
  location: string
  status: ServerStatus
  /** Why it is stopped, suspended or failed, in words; null where there is nothing to say. */
  status_reason: string | null
  image_id: number
  plan_name: string
  vcpus: number
  memory_mb: number
  storage_gb: number
  ip_address: string | null
  created_at: Millis
  updated_at: Millis
  firmware: Generated<'bios' | 'uefi'>
  /** `none`, `user` or `bridge:<name>`. */
  network: Generated<string>
  /** Null where there is no network. */
  mac: string | null
  /** VM generation id: a UUID that changes whenever the guest is not what it was (restore, clone). */
  generation_id: string | null
  /** cloud-init's: another one makes it set up the guest anew. Null: no seed disk. */
  instance_id: string | null
  /** JSON `{user_data, ssh_keys}` as given; null: nothing was. */
  cloud_init: string | null
  /** 1: runs again after a restart of the host, if it ran before. */
  autostart: Generated<number>
  /** The snapshot it is a clone of. */
  cloned_from: number | null
  /** Set: its network cable is unplugged. */
  quarantined_at: Millis | null
  /** It has left every list; its row stays for what names it. */
  deleted_at: Millis | null
}

/** Ports of the host's loopback that lead into a server with the network `user`. */
export interface ForwardedPorts {
  host_port: number
  server_id: number
  guest_port: number
}

export interface Disks {
  id: Id
  server_id: number
  slot: number
  active_layer_id: number
  /** `nvram`: the variables of UEFI, no disk to the guest, but cut and restored like one. */
  role: Generated<'disk' | 'nvram'>
}

export interface Snapshots {
  id: Id
  account_id: number
  server_id: number
  operation_id: number | null
  name: string
  description: string
  status: SnapshotStatus
  size_mb: number | null
  /** JSON `Receipt` (snapshots/receipt.ts); null until the cut. */
  receipt: string | null
  created_at: Millis
  ended_at: Millis | null
  /** Set by DELETE: it has left every list, its layers are garbage. */
  deleted_at: Millis | null
}

/** Which layer holds which disk of a snapshot. */
export interface SnapshotLayers {
  snapshot_id: number
  disk_id: number
  slot: number
  layer_id: number
}

/** What a server was before a restore. */
export interface UndoPoints {
  id: Id
  server_id: number
  operation_id: number
  created_at: Millis
  expires_at: Millis
}

export interface UndoLayers {
  undo_point_id: number
  disk_id: number
  slot: number
  layer_id: number
}

export type OperationStatus = 'queued' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled'

export interface Operations {
  id: Id
  account_id: number
  kind: string
  /** At most one running operation a lane (partial unique index); first come, first served. */
  lane: string
  server_id: number | null
  snapshot_id: number | null
  image_id: number | null
  /** JSON, fixed at the request. */
  input: string
  /** JSON, what the finished steps gave. */
  output: string
  status: OperationStatus
  direction: 'forward' | 'unwinding'
  /** The step that is next; null when ended. */
  step: string | null
  progress: number
  attempts: number
  waits_for: string | null
  run_after: Millis
  cancel_requested_at: Millis | null
  lease_owner: string | null
  lease_until: Millis | null
  /** Rises with every claim; a write that names an older one is refused. */
  fence: number
  deadline_at: Millis | null
  error_code: string | null
  error_detail: string | null
  created_at: Millis
  started_at: Millis | null
  ended_at: Millis | null
}

/** The journal: append only. */
export interface OperationEvents {
  id: Id
  operation_id: number
  fence: number
  at: Millis
  event: 'claimed' | 'step_done' | 'step_failed' | 'step_undone' | 'waiting' | 'ended'
  step: string | null
  data: string | null
}

/** What has changed, for those who watch. Triggers write it (migrations/0003_events.ts); only the newest are kept. */
export interface Events {
  /** In the order in which transactions can be seen. */
  id: Id
  /** Whose it is; null: the host's. */
  account_id: number | null
  /** What a token must be allowed to read of it. */
  permission: Permission
  noun: 'server' | 'snapshot' | 'operation' | 'image' | 'token' | 'account'
  object_id: number
  server_id: number | null
  change: 'created' | 'updated' | 'deleted'
  /** By the database's clock. */
  at: Millis
  /** Of an operation, as the next two. */
  status: OperationStatus | null
  step: string | null
  progress: number | null
}

/** Held as long as the operation has not ended. `merge`: nobody else may touch the layer; `use`: it must stay. */
export interface LayerLeases {
  layer_id: number
  operation_id: number
  mode: 'use' | 'merge'
}

/** Whose layers this database knows: the `host-id` in the state folder. One row. */
export interface Hosts {
  id: string
  created_at: Millis
}

export interface IdempotencyKeys {
  account_id: number
  route: string
  key: string
  /** SHA-256 of method, path, query and body, hex. */
  request_digest: string
  status: number
  /** JSON of the reply's body; null for one whose body must not be kept. */
  body: string | null
  operation_id: number | null
  created_at: Millis
}

export interface Database {
  accounts: Accounts
  tokens: Tokens
  images: Images
  layers: Layers
  servers: Servers
  forwarded_ports: ForwardedPorts
  disks: Disks
  snapshots: Snapshots
  snapshot_layers: SnapshotLayers
  undo_points: UndoPoints
  undo_layers: UndoLayers
  operations: Operations
  operation_events: OperationEvents
  events: Events
  layer_leases: LayerLeases
  hosts: Hosts
  idempotency_keys: IdempotencyKeys
}
