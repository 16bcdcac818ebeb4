/**
 * The API's types and calls. Generated from docs/openapi.json by `npm run sdk`; not changed by hand. The names are
 * those on the wire.
 */

/** What went wrong, as RFC 9457 has it. */
export interface Problem {
  /** urn:restpoint:error:<code>; stable. */
  type: string
  /** The same for every failure with this code. */
  title: string
  status: number
  /** What happened and what can be done about it, for people. */
  detail: string
  /** What to branch on; stable. */
  code:
    | 'unauthenticated'
    | 'permission_denied'
    | 'not_found'
    | 'method_not_allowed'
    | 'invalid_request'
    | 'body_too_large'
    | 'unsupported_media_type'
    | 'rate_limited'
    | 'idempotency_key_reused'
    | 'token_already_created'
    | 'unavailable'
    | 'internal_error'
    | 'snapshot_limit_reached'
    | 'snapshot_not_restorable'
    | 'server_busy'
    | 'server_wrong_state'
    | 'nothing_to_undo'
    | 'not_enough_space'
    | 'chain_too_deep'
    | 'image_rejected'
    | 'image_not_available'
    | 'quota_exceeded'
    | 'not_enough_memory'
    | 'port_taken'
    | 'bridge_unavailable'
    | 'firmware_unavailable'
    | 'snapshot_not_cloneable'
    | 'server_has_snapshots'
    | 'account_has_servers'
    | 'email_taken'
    | 'own_account'
    | 'last_admin_token'
    | 'agent_unavailable'
    | 'sign_in_refused'
    | 'terminals_off'
    | 'terminal_limit_reached'
    | 'capability_missing'
    | 'consistency_unavailable'
    | 'machine_failed'
    | 'chain_mismatch'
    | 'exec_refused'
    | 'outcome_unknown'
    | 'deadline_exceeded'
    | 'cancelled'
  /** Field → what is wrong with it. */
  errors?: Record<string, Array<string>>
  /** The operation that is in the way. */
  operation_id?: number
}

/** What a request would do. */
export interface DryRun {
  dry_run: true
  /** Whether it would be accepted now. */
  possible: boolean
  blockers: Array<{
    /** As in a problem. */
    code: string
    title: string
    /** What stands in the way. */
    detail: string
    /** What can be done about it. */
    remedy: string
  }>
  estimate: {
    /** Median of what it took on this host so far; 0 where it is done when it is answered; null without history. */
    seconds: number | null
    /** Of how many that is the median. */
    based_on: number
    /** What it would write, or keep from going; null where a blocker leaves that open. */
    bytes: number | null
  }
  /** Of a snapshot, server or image that would be deleted. */
  frees: {
    /** In layers that nothing else reads: all of them go. */
    bytes: number
    /** And so many more at most: what the layer above has written over goes when the two are merged. */
    merge_bytes: number
    /** So many bytes more when all that are named are deleted, too. Fewest names first. */
    more: Array<{
      bytes: number
      servers: Array<{
        id: number
        name: string
      }>
      snapshots: Array<{
        id: number
        name: string
      }>
    }>
  } | null
}

export interface Snapshot {
  id: number
  server: {
    id: number
    name: string
  }
  name: string
  status: 'in_progress' | 'completed' | 'failed'
  /** Allocated in the chain of its layers, image included, in MiB; measured once, when it was completed. Null before, and when it failed. */
  size_mb: number | null
  /** When it was asked for. */
  created_at: string
  description: string
}

export interface CreatedSnapshot {
  id: number
  server: {
    id: number
    name: string
  }
  name: string
  status: 'in_progress' | 'completed' | 'failed'
  /** Allocated in the chain of its layers, image included, in MiB; measured once, when it was completed. Null before, and when it failed. */
  size_mb: number | null
  /** When it was asked for. */
  created_at: string
  description: string
  /** How it stands, for people. */
  message: string
}

/** What was measured when the snapshot was taken. */
export interface Receipt {
  requested: 'auto' | 'crash' | 'filesystem'
  achieved: 'crash' | 'filesystem'
  /** Why less than `filesystem`; null when nothing less was achieved, or the server was stopped. */
  reason: string | null
  reason_text: string | null
  /** The instant that the snapshot shows. */
  cut_at: string
  freeze_ms: number | null
  pause_ms: number | null
  /** Whether the server ran. */
  running: boolean
  /** e.g. QEMU 7.2.22. */
  driver_version: string
  disks: Array<{
    slot: number
    size_bytes: number
    allocated_bytes: number
  }>
}

export interface SnapshotDetail {
  id: number
  server: {
    id: number
    name: string
  }
  name: string
  status: 'in_progress' | 'completed' | 'failed'
  /** Allocated in the chain of its layers, image included, in MiB; measured once, when it was completed. Null before, and when it failed. */
  size_mb: number | null
  /** When it was asked for. */
  created_at: string
  description: string
  ended_at: string | null
  operation_id: number | null
  receipt: Receipt | null
  bytes: {
    /** In all layers of its chains. */
    referenced: number
    /** In layers that nothing else reads: what deleting it can free. */
    exclusive: number
    /** In layers that something else reads as well. */
    shared: number
  } | null
  error: OperationError | null
}

export interface RestoreReply {
  /** `success`: accepted, or done. `failed` only after a wait. */
  status: 'success' | 'failed'
  /** How it stands, for people. */
  message: string
  snapshot: {
    id: number
    name: string
    /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
    created_at: string
  }
  server: {
    id: number
    name: string
    status: 'active' | 'stopped' | 'suspended' | 'restoring' | 'creating' | 'failed'
  }
}

export interface Server {
  id: number
  name: string
  hostname: string
  status: 'active' | 'stopped' | 'suspended' | 'restoring' | 'creating' | 'failed'
  /** As the guest agent reports it. */
  ip_address: string | null
  location: string
  plan: {
    id: number
    name: string
    vcpus: number
    /** MB */
    memory: number
    /** GB */
    storage: number
  }
  os: {
    id: number
    name: string
  }
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  created_at: string
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  updated_at: string
}

export interface ServerDetail {
  id: number
  name: string
  hostname: string
  status: 'active' | 'stopped' | 'suspended' | 'restoring' | 'creating' | 'failed'
  /** As the guest agent reports it. */
  ip_address: string | null
  location: string
  plan: {
    id: number
    name: string
    vcpus: number
    /** MB */
    memory: number
    /** GB */
    storage: number
  }
  os: {
    id: number
    name: string
  }
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  created_at: string
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  updated_at: string
  uuid: string
  status_reason: string | null
  agent: {
    /** Whether its guest agent can be talked to. */
    connected: boolean
  }
  undo: {
    available: boolean
    until: string | null
    operation_id: number | null
    /** For how long a restore can be undone. */
    hours: number
  }
  snapshots: {
    /** Those that count: in progress and completed. */
    count: number
    /** How many there may be. */
    limit: number
  }
  disks: Array<{
    slot: number
    size_gb: number
    /** `nvram`: what UEFI remembers; no disk to the guest. */
    role: 'disk' | 'nvram'
  }>
  firmware: 'bios' | 'uefi'
  /** Runs again after a restart of the host, if it ran before. */
  autostart: boolean
  network: {
    type: 'none' | 'user' | 'bridge'
    bridge: string | null
    mac: string | null
    /** Its network cable is unplugged. */
    quarantine: boolean
    /** Ports of the host that lead into the server. */
    forwards: Array<{
      host: string
      host_port: number
      guest_port: number
    }>
  }
  /** The snapshot that it is a clone of; it may be gone. */
  cloned_from: number | null
  /** What this server does not share with what it was made from. `new`: made anew; `by_cloud_init`: made anew inside by cloud-init, when it first boots; `copied`: as in the image or snapshot. */
  identity: {
    uuid: 'new' | 'by_cloud_init' | 'copied'
    mac: 'new' | 'by_cloud_init' | 'copied' | null
    hostname: 'new' | 'by_cloud_init' | 'copied'
    machine_id: 'new' | 'by_cloud_init' | 'copied'
    ssh_host_keys: 'new' | 'by_cloud_init' | 'copied'
    /** What is left for you to do; null: nothing. */
    note: string | null
  }
}

export interface ChangedServer {
  id: number
  name: string
  hostname: string
  status: 'active' | 'stopped' | 'suspended' | 'restoring' | 'creating' | 'failed'
  /** As the guest agent reports it. */
  ip_address: string | null
  location: string
  plan: {
    id: number
    name: string
    vcpus: number
    /** MB */
    memory: number
    /** GB */
    storage: number
  }
  os: {
    id: number
    name: string
  }
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  created_at: string
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  updated_at: string
  uuid: string
  status_reason: string | null
  agent: {
    /** Whether its guest agent can be talked to. */
    connected: boolean
  }
  undo: {
    available: boolean
    until: string | null
    operation_id: number | null
    /** For how long a restore can be undone. */
    hours: number
  }
  snapshots: {
    /** Those that count: in progress and completed. */
    count: number
    /** How many there may be. */
    limit: number
  }
  disks: Array<{
    slot: number
    size_gb: number
    /** `nvram`: what UEFI remembers; no disk to the guest. */
    role: 'disk' | 'nvram'
  }>
  firmware: 'bios' | 'uefi'
  /** Runs again after a restart of the host, if it ran before. */
  autostart: boolean
  network: {
    type: 'none' | 'user' | 'bridge'
    bridge: string | null
    mac: string | null
    /** Its network cable is unplugged. */
    quarantine: boolean
    /** Ports of the host that lead into the server. */
    forwards: Array<{
      host: string
      host_port: number
      guest_port: number
    }>
  }
  /** The snapshot that it is a clone of; it may be gone. */
  cloned_from: number | null
  /** What this server does not share with what it was made from. `new`: made anew; `by_cloud_init`: made anew inside by cloud-init, when it first boots; `copied`: as in the image or snapshot. */
  identity: {
    uuid: 'new' | 'by_cloud_init' | 'copied'
    mac: 'new' | 'by_cloud_init' | 'copied' | null
    hostname: 'new' | 'by_cloud_init' | 'copied'
    machine_id: 'new' | 'by_cloud_init' | 'copied'
    ssh_host_keys: 'new' | 'by_cloud_init' | 'copied'
    /** What is left for you to do; null: nothing. */
    note: string | null
  }
  /** When what was changed takes effect, for people. */
  message: string
}

/** A program that was run in a server. Told until 15 minutes after its end. */
export interface Execution {
  /** Random. */
  id: number
  server_id: number
  /** `exited`: it ran to its end, whatever came of it. `failed`: it was not started, or was ended because it took too long. `unknown`: nobody can say how it ended, or whether it has. */
  status: 'running' | 'exited' | 'failed' | 'unknown'
  /** Null, too, where a signal ended it. */
  exit_code: number | null
  signal: number | null
  /** What it printed: the last 64 KiB, once it has ended. */
  stdout: string
  /** The same of its standard error. */
  stderr: string
  /** It has printed more than that. */
  truncated: boolean
  error: OperationError | null
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  started_at: string
  ended_at: string | null
}

/** One image in the tree of which disks, snapshots and undo points are made. */
export interface Layer {
  id: number
  parent_id: number | null
  kind: 'image' | 'sealed' | 'active' | 'undo' | 'garbage'
  /** Those that name it. */
  snapshots: Array<{
    id: number
    name: string
  }>
  /** Other servers of the account that stand on it: clones and their origin; on an image, all that were made from it. */
  servers: Array<{
    id: number
    name: string
  }>
  /** Virtual size. */
  size_bytes: number
  /** In the layer's own file. */
  allocated_bytes: number
  /** For garbage: what becomes of it. */
  merge: {
    state: 'waiting' | 'running'
    waits_for: string | null
    progress: number
    operation_id: number | null
  } | null
  /** On the host; only for a token with `admin`. */
  path?: string
}

export interface OperationError {
  /** One of the codes of Problem. */
  code: string
  title: string
  /** What happened. */
  detail: string
  /** What can be done about it. */
  remedy: string
}

/** Something long that was asked for, and how far it is. */
export interface Operation {
  id: number
  /** What it does, e.g. snapshot_create. */
  kind: string
  status: 'queued' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled'
  /** The step that is next or under way. */
  step: string | null
  progress: number
  /** How often it was taken up. */
  attempts: number
  waits_for: string | null
  server: {
    id: number
    name: string
  } | null
  snapshot_id: number | null
  image_id: number | null
  error: OperationError | null
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  created_at: string
  started_at: string | null
  ended_at: string | null
}

/** What servers are made from. Belongs to the host; everybody sees the same. */
export interface Image {
  id: number
  name: string
  /** Servers can be made from one that is `available`. A failed one stays listed for 24 hours. */
  status: 'importing' | 'available' | 'failed'
  os_name: string
  /** Whether cloud-init is in it, as the operator says. */
  cloud_init: boolean
  format: 'qcow2' | 'raw' | null
  /** Of the disk in it; null for a failed one, as the format is. */
  size_bytes: number | null
  /** Used where it lies, and not copied in. */
  linked: boolean
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  created_at: string
  /** Of its file on the host; as the next two only for a token with `admin`. */
  path?: string | null
  operation_id?: number | null
  /** Why its import failed. */
  error?: OperationError | null
}

/** A token without its secret, which is kept nowhere. */
export interface Token {
  id: number
  name: string
  permissions: Array<
    'snapshots:read' | 'snapshots:write' | 'servers:read' | 'servers:write' | 'servers:exec' | 'tokens:write' | 'admin'
  >
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  created_at: string
  expires_at: string | null
  last_used_at: string | null
}

/** A token that was just made. */
export interface NewToken {
  id: number
  name: string
  permissions: Array<
    'snapshots:read' | 'snapshots:write' | 'servers:read' | 'servers:write' | 'servers:exec' | 'tokens:write' | 'admin'
  >
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  created_at: string
  expires_at: string | null
  last_used_at: string | null
  /** rp_ and 43 characters. Shown this once. */
  token: string
}

/** Whose token this is, and what it may do. */
export interface Me {
  account: {
    email: string
    first_name: string
    last_name: string
    company_name: string
    /** A date: 2025-01-15. */
    created_at: string
  }
  token: {
    name: string
    permissions: Array<
      | 'snapshots:read'
      | 'snapshots:write'
      | 'servers:read'
      | 'servers:write'
      | 'servers:exec'
      | 'tokens:write'
      | 'admin'
    >
  }
}

export interface Account {
  id: number
  email: string
  first_name: string
  last_name: string
  company_name: string
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  created_at: string
  /** Null: as much as the host allows; for snapshots what RESTPOINT_SNAPSHOT_LIMIT says. */
  quota: {
    servers: number | null
    snapshots_per_server: number | null
    bytes: number | null
  }
}

export interface AccountDetail {
  id: number
  email: string
  first_name: string
  last_name: string
  company_name: string
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  created_at: string
  /** Null: as much as the host allows; for snapshots what RESTPOINT_SNAPSHOT_LIMIT says. */
  quota: {
    servers: number | null
    snapshots_per_server: number | null
    bytes: number | null
  }
  /** Counted when read. */
  usage: {
    servers: number
    /** Of all its servers, without failed ones. */
    snapshots: number
    /** Allocated by the layers of its servers, without the images below. */
    bytes: number
  }
}

/** An account that was just made, with its first token. */
export interface NewAccount {
  id: number
  email: string
  first_name: string
  last_name: string
  company_name: string
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  created_at: string
  /** Null: as much as the host allows; for snapshots what RESTPOINT_SNAPSHOT_LIMIT says. */
  quota: {
    servers: number | null
    snapshots_per_server: number | null
    bytes: number | null
  }
  /** Counted when read. */
  usage: {
    servers: number
    /** Of all its servers, without failed ones. */
    snapshots: number
    /** Allocated by the layers of its servers, without the images below. */
    bytes: number
  }
  token: NewToken
}

/** The data of an event: what has changed. How it is now has to be asked for. */
export interface Change {
  /** Of what has changed. What it is, the name of the event says. */
  id: number
  /** The server that it belongs to, if it does. */
  server_id: number | null
  change: 'created' | 'updated' | 'deleted'
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  at: string
  /** Of an operation, as `step` and `progress`. */
  status?: string
  step?: string | null
  progress?: number
}

/** What opens a terminal. */
export interface TerminalTicket {
  /** rt_ and 43 characters. It opens one terminal, once. */
  ticket: string
  /** Where the WebSocket is opened, with the ticket in it. */
  path: string
  /** UTC, whole seconds: 2025-01-15T18:30:00Z. */
  expires_at: string
}

/** What each call takes and answers, by its name in the document. */
export interface Calls {
  /** Is the process alive?. */
  getHealth: {
    path: Record<never, never>
    query: Record<never, never>
    body: undefined
    reply: {
      status: 'ok'
    }
  }
  /** Can it work?. */
  getReadiness: {
    path: Record<never, never>
    query: Record<never, never>
    body: undefined
    reply: {
      status: 'ready' | 'unavailable'
      checks: Record<string, boolean>
    }
  }
  /**
   * Whose token is this?.
   *
   * Needs any live token.
   */
  getMe: {
    path: Record<never, never>
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: Me
  }
  /**
   * Accounts, as they were made.
   *
   * Needs a token with the permission `admin`.
   */
  listAccounts: {
    path: Record<never, never>
    query: {
      /** At most this many; without it all. The Link header names the next page. */
      limit?: number | undefined
      /** Skip this many. */
      offset?: number | undefined
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: {
      /** How many there are in all. */
      count: number
      results: Array<Account>
    }
  }
  /**
   * Make an account and its first token.
   *
   * The reply holds the token's secret, this once. It is not kept, so a repeat with the same Idempotency-Key answers 400 `token_already_created` and names account and token.
   *
   * Needs a token with the permission `admin`.
   */
  createAccount: {
    path: Record<never, never>
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: {
      /** No two accounts have the same, whatever the case of its letters. Nothing is sent to it. */
      email: string
      /** For people. */
      first_name?: string | undefined
      /** For people. */
      last_name?: string | undefined
      /** For people. */
      company_name?: string | undefined
      /** What is left away stays as it is; null: as much as the host allows. */
      quota?:
        | {
            /** How many servers the account may have. */
            servers?: number | null | undefined
            /** How many snapshots each of them may have. */
            snapshots_per_server?: number | null | undefined
            /** How many bytes their layers may allocate before more is refused. */
            bytes?: number | null | undefined
          }
        | undefined
      /** Of its first token; default: all but `admin`, which makes an administrator of the host. */
      permissions?:
        | Array<
            | 'snapshots:read'
            | 'snapshots:write'
            | 'servers:read'
            | 'servers:write'
            | 'servers:exec'
            | 'tokens:write'
            | 'admin'
          >
        | undefined
    }
    reply: NewAccount
  }
  /**
   * An account: what it may use, and what it uses.
   *
   * Needs a token with the permission `admin`.
   */
  getAccount: {
    path: {
      account_id: number
    }
    query: Record<never, never>
    body: undefined
    reply: AccountDetail
  }
  /**
   * Change names and quota of an account.
   *
   * A quota may be less than what is used already: nothing is taken away, only no more is given.
   *
   * Needs a token with the permission `admin`.
   */
  updateAccount: {
    path: {
      account_id: number
    }
    query: Record<never, never>
    body: {
      /** For people. */
      first_name?: string | undefined
      /** For people. */
      last_name?: string | undefined
      /** For people. */
      company_name?: string | undefined
      /** What is left away stays as it is; null: as much as the host allows. */
      quota?:
        | {
            /** How many servers the account may have. */
            servers?: number | null | undefined
            /** How many snapshots each of them may have. */
            snapshots_per_server?: number | null | undefined
            /** How many bytes their layers may allocate before more is refused. */
            bytes?: number | null | undefined
          }
        | undefined
    }
    reply: AccountDetail
  }
  /**
   * Delete an account that owns no servers.
   *
   * Its tokens are of no use from that moment on. Not with a token of its own.
   *
   * Needs a token with the permission `admin`.
   */
  deleteAccount: {
    path: {
      account_id: number
    }
    query: Record<never, never>
    body: undefined
    reply: undefined
  }
  /**
   * Snapshots, newest first.
   *
   * A failed one stays listed for 24 hours; one that was deleted has left the list for good.
   *
   * Needs a token with the permission `snapshots:read`.
   */
  listSnapshots: {
    path: Record<never, never>
    query: {
      /** Only those of this server; none where there is no such server. */
      server_id?: number | undefined
      /** At most this many; without it all. The Link header names the next page. */
      limit?: number | undefined
      /** Skip this many. */
      offset?: number | undefined
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: {
      /** How many there are in all. */
      count: number
      results: Array<Snapshot>
    }
  }
  /**
   * Take a snapshot of a server.
   *
   * Answers at once; the header Operation-Id names the operation. Behind a restore it queues, and captures the state after it.
   *
   * Needs a token with the permission `snapshots:write`.
   */
  createSnapshot: {
    path: Record<never, never>
    query: {
      /** `auto` (default): the best that can be proven; the receipt says which. `crash`: no freeze. `filesystem`: that or nothing. */
      consistency?: 'auto' | 'crash' | 'filesystem' | undefined
      /** With the contents of memory: no host can do that yet. */
      memory?: boolean | undefined
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: {
      /** The server to take it of. */
      server_id: number
      /** Letters, digits, hyphens and underscores, 1 to 255. Need not be unique. */
      name: string
      /** At most 1000 characters. */
      description?: string | null | undefined
    }
    reply: CreatedSnapshot
  }
  /**
   * A snapshot with its receipt.
   *
   * Needs a token with the permission `snapshots:read`.
   */
  getSnapshot: {
    path: {
      snapshot_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: SnapshotDetail
  }
  /**
   * Delete a snapshot.
   *
   * Always accepted, and final once answered. One in progress is cancelled. Its bytes go in the background.
   *
   * Needs a token with the permission `snapshots:write`.
   */
  deleteSnapshot: {
    path: {
      snapshot_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: undefined
  }
  /**
   * Put the server back to a snapshot.
   *
   * A running server is stopped first and started afterwards. What it was before is kept for a time: see undo. The header Operation-Id names the operation.
   *
   * Needs a token with the permission `snapshots:write`.
   */
  restoreSnapshot: {
    path: {
      snapshot_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: RestoreReply
  }
  /**
   * Servers.
   *
   * Needs a token with the permission `servers:read`.
   */
  listServers: {
    path: Record<never, never>
    query: {
      /** Only these. */
      status?: 'active' | 'stopped' | 'suspended' | 'restoring' | 'creating' | 'failed' | undefined
      /** Only those at this location. */
      location?: string | undefined
      /** At most this many; without it all. The Link header names the next page. */
      limit?: number | undefined
      /** Skip this many. */
      offset?: number | undefined
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: {
      /** How many there are in all. */
      count: number
      results: Array<Server>
    }
  }
  /**
   * Make a server from an image.
   *
   * Answers at once, with the status `creating`; the server is started when it is made. The header Operation-Id names the operation. If it cannot be made its status becomes `failed`, and the detail says why.
   *
   * Needs a token with the permission `servers:write`.
   */
  createServer: {
    path: Record<never, never>
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: {
      /** Letters, digits, dots, hyphens and underscores, 1 to 255, a letter or digit first. Need not be unique. */
      name: string
      /** By RFC 1123. Default: the server's name made one. */
      hostname?: string | undefined
      /** Where it is; a word of yours. Default: local. */
      location?: string | undefined
      /** The image that its first disk is made from. */
      image_id: number
      plan: {
        /** A word of yours. */
        name?: string | undefined
        /** vcpus; virtual processors */
        vcpus: number
        /** memory; in MB, no more than the host has */
        memory: number
        /** storage; of the first disk in GB, no less than what it is made from */
        storage: number
      }
      /** More disks, empty ones. */
      disks?:
        | Array<{
            /** size_gb */
            size_gb: number
          }>
        | undefined
      /** Default: bios. */
      firmware?: 'bios' | 'uefi' | undefined
      /** `user` (default): behind the host. `bridge:NAME`: on a bridge of the host. `none`. */
      network?: string | undefined
      /** With the network `user`: ports of the host that lead into the server. Default: one to ssh. */
      forwards?:
        | Array<{
            /** guest_port */
            guest_port: number
            /** host_port; on the host's loopback, default any free one */
            host_port?: number | undefined
          }>
        | undefined
      /** For what cloud-init does at the first boot. */
      cloud_init?:
        | {
            /** As cloud-init takes it: #cloud-config, #! …; at most 16384 bytes. */
            user_data?: string | undefined
            /** Public keys, as ssh-keygen writes them. */
            ssh_keys?: Array<string> | undefined
          }
        | undefined
      /** Runs again after a restart of the host, if it ran before. Default: true. */
      autostart?: boolean | undefined
    }
    reply: ServerDetail
  }
  /**
   * A server: its state and why, its guest agent, whether a restore can be undone.
   *
   * Needs a token with the permission `servers:read`.
   */
  getServer: {
    path: {
      server_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: ServerDetail
  }
  /**
   * Change a server.
   *
   * What is left away stays as it is. `message` says what the guest only sees at its next start.
   *
   * Needs a token with the permission `servers:write`.
   */
  changeServer: {
    path: {
      server_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: {
      /** Letters, digits, dots, hyphens and underscores, 1 to 255, a letter or digit first. Need not be unique. */
      name?: string | undefined
      /** By RFC 1123. Default: the server's name made one. */
      hostname?: string | undefined
      /** Where it is; a word of yours. Default: local. */
      location?: string | undefined
      /** Runs again after a restart of the host, if it ran before. Default: true. */
      autostart?: boolean | undefined
      /** Its network cable is unplugged until you change that. Default: false. */
      quarantine?: boolean | undefined
    }
    reply: ChangedServer
  }
  /**
   * Delete a server.
   *
   * Final once answered: it is ended without being asked, and its disks, undo point and forwarded ports go. One that is still being made is given up. What clones stand on stays as long as they do. The header Operation-Id names the operation that removes what is left.
   *
   * Needs a token with the permission `servers:write`.
   */
  deleteServer: {
    path: {
      server_id: number
    }
    query: {
      /** `true`: its snapshots go as well. Without it a server that has any is left alone. */
      with_snapshots?: boolean | undefined
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: undefined
  }
  /**
   * Start a server, or let a suspended one run on.
   *
   * For a server that is stopped or suspended. Refused with `server_busy` while another operation on it is under way. The header Operation-Id names the operation.
   *
   * Needs a token with the permission `servers:write`.
   */
  startServer: {
    path: {
      server_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: ServerDetail
  }
  /**
   * Stop a server.
   *
   * The guest is asked to power off; if it does not in time, it is ended. Refused with `server_busy` while another operation on it is under way. The header Operation-Id names the operation.
   *
   * Needs a token with the permission `servers:write`.
   */
  stopServer: {
    path: {
      server_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: ServerDetail
  }
  /**
   * Reboot a server.
   *
   * For a server that is active. Refused with `server_busy` while another operation on it is under way. The header Operation-Id names the operation.
   *
   * Needs a token with the permission `servers:write`.
   */
  rebootServer: {
    path: {
      server_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: ServerDetail
  }
  /**
   * Go back to the state before the last restore.
   *
   * Itself a restore, so it can be undone as well: undo again returns. Refused with `server_busy` while another operation on it is under way. The header Operation-Id names the operation.
   *
   * Needs a token with the permission `servers:write`.
   */
  undoServer: {
    path: {
      server_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: ServerDetail
  }
  /**
   * Make a server that begins with what a snapshot holds.
   *
   * The server in the path lends its plan, network and location; the snapshot, of this or another server of the account, the disks with their sizes, the firmware and the image. It takes the same time for 1 GB and 1 TB, and the snapshot may be deleted as soon as this has answered. `identity` says what the clone does not share with its origin.
   *
   * Needs a token with the permission `servers:write`.
   */
  cloneServer: {
    path: {
      server_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: {
      /** What its disks begin with: a completed snapshot of this or another of your servers. */
      snapshot_id: number
      /** Letters, digits, dots, hyphens and underscores, 1 to 255, a letter or digit first. Need not be unique. */
      name: string
      /** By RFC 1123. Default: the server's name made one. */
      hostname?: string | undefined
      /** What is left away is as in the server that is cloned; storage as in the snapshot. */
      plan?:
        | {
            /** A word of yours. */
            name?: string | undefined
            /** vcpus; virtual processors */
            vcpus?: number | undefined
            /** memory; in MB, no more than the host has */
            memory?: number | undefined
            /** storage; of the first disk in GB, no less than what it is made from */
            storage?: number | undefined
          }
        | undefined
      /** `user` (default): behind the host. `bridge:NAME`: on a bridge of the host. `none`. */
      network?: string | undefined
      /** Default: the same guest ports as in the server that is cloned, each from a free port of the host. */
      forwards?:
        | Array<{
            /** guest_port */
            guest_port: number
            /** host_port; on the host's loopback, default any free one */
            host_port?: number | undefined
          }>
        | undefined
      /** For what cloud-init does at the first boot of the clone. Nothing is taken over from its origin. */
      cloud_init?:
        | {
            /** As cloud-init takes it: #cloud-config, #! …; at most 16384 bytes. */
            user_data?: string | undefined
            /** Public keys, as ssh-keygen writes them. */
            ssh_keys?: Array<string> | undefined
          }
        | undefined
      /** Runs again after a restart of the host, if it ran before. Default: true. */
      autostart?: boolean | undefined
      /** Its network cable is unplugged until you change that. Default: false. */
      quarantine?: boolean | undefined
    }
    reply: ServerDetail
  }
  /**
   * Run a program in a server.
   *
   * Its guest agent starts it, as the user that the agent runs as, mostly root, and without a shell. The answer comes at once; `GET /servers/{server_id}/exec/{execution_id}/` tells what became of it. It is started at most once, also where the request is sent again with its Idempotency-Key. Neither its arguments nor what it prints are kept in the database or written to the log.
   *
   * Needs a token with the permission `servers:exec`.
   */
  execInServer: {
    path: {
      server_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: {
      /** Its path in the server, or its name, if the agent finds it. Not a line for a shell. */
      program: string
      /** Each as it is: nothing is split, and nothing put in its place. Default: none. */
      arguments?: Array<string> | undefined
      /** It is ended if it takes longer. Default: 60. */
      timeout_seconds?: number | undefined
    }
    reply: Execution
  }
  /**
   * What became of a program.
   *
   * Told until 15 minutes after its end, and by the service that has started it: after a restart it is 404, and how the program ended, or whether it has, nobody can say.
   *
   * Needs a token with the permission `servers:exec`.
   */
  getExecution: {
    path: {
      server_id: number
      execution_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: Execution
  }
  /**
   * What the disks, snapshots and undo points of a server stand on.
   *
   * Needs a token with the permission `servers:read`.
   */
  listLayers: {
    path: {
      server_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: {
      /** How many there are in all. */
      count: number
      results: Array<Layer>
    }
  }
  /**
   * Images that servers are made from, newest first.
   *
   * Needs a token with the permission `servers:read`.
   */
  listImages: {
    path: Record<never, never>
    query: {
      /** At most this many; without it all. The Link header names the next page. */
      limit?: number | undefined
      /** Skip this many. */
      offset?: number | undefined
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: {
      /** How many there are in all. */
      count: number
      results: Array<Image>
    }
  }
  /**
   * Import a disk image from a file of this host.
   *
   * The file is looked into at once, and what is copied once more. Answers when that has begun; the header Operation-Id names the operation.
   *
   * Needs a token with the permission `admin`.
   */
  importImage: {
    path: Record<never, never>
    query: {
      /** `true`: it is not copied but used where it lies, read-only. Whoever asks for that vouches that nobody changes or removes it as long as a server stands on it. */
      link?: boolean | undefined
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: {
      /** Letters, digits, dots, hyphens and underscores, 1 to 100. Need not be unique. */
      name: string
      /** Of a file on the host: absolute, without detours. */
      path: string
      /** It is never guessed: a raw disk may begin with anything. */
      format: 'qcow2' | 'raw'
      /** For people; default: the name. */
      os_name?: string | undefined
      /** Whether cloud-init is in it (default: true). */
      cloud_init?: boolean | undefined
    }
    reply: Image
  }
  /**
   * An image.
   *
   * Needs a token with the permission `servers:read`.
   */
  getImage: {
    path: {
      image_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: Image
  }
  /**
   * Delete an image.
   *
   * It leaves the list at once. Servers that were made from it go on; its file goes with the last that stands on it. A file that was used in place is left alone. An import under way is cancelled.
   *
   * Needs a token with the permission `admin`.
   */
  deleteImage: {
    path: {
      image_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: undefined
  }
  /**
   * Operations, newest first.
   *
   * Needs a token with the permission `servers:read`.
   */
  listOperations: {
    path: Record<never, never>
    query: {
      /** Only those of this server. */
      server_id?: number | undefined
      /** Only these. */
      status?: 'queued' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled' | undefined
      /** At most this many; without it all. The Link header names the next page. */
      limit?: number | undefined
      /** Skip this many. */
      offset?: number | undefined
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: {
      /** How many there are in all. */
      count: number
      results: Array<Operation>
    }
  }
  /**
   * How far an operation is.
   *
   * Needs a token with the permission `servers:read`.
   */
  getOperation: {
    path: {
      operation_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: Operation
  }
  /**
   * The account's tokens, newest first.
   *
   * Needs a token with the permission `tokens:write`.
   */
  listTokens: {
    path: Record<never, never>
    query: {
      /** At most this many; without it all. The Link header names the next page. */
      limit?: number | undefined
      /** Skip this many. */
      offset?: number | undefined
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: {
      /** How many there are in all. */
      count: number
      results: Array<Token>
    }
  }
  /**
   * Make a token.
   *
   * The reply holds the secret, this once. It is not kept, so a repeat with the same Idempotency-Key answers 400 `token_already_created` and names the token.
   *
   * Needs a token with the permission `tokens:write`.
   */
  createToken: {
    path: Record<never, never>
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: {
      /** For people. */
      name: string
      /** No more than the token has that makes it. `admin` includes every other. */
      permissions: Array<
        | 'snapshots:read'
        | 'snapshots:write'
        | 'servers:read'
        | 'servers:write'
        | 'servers:exec'
        | 'tokens:write'
        | 'admin'
      >
      /** UTC; null or absent: never. */
      expires_at?: string | null | undefined
    }
    reply: NewToken
  }
  /**
   * Revoke a token, at once.
   *
   * Needs a token with the permission `tokens:write`.
   */
  deleteToken: {
    path: {
      token_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: undefined
  }
  /**
   * Sign in with the code of a link.
   *
   * The first start of the service prints a link with a code in it, which works once and for an hour. The reply holds the secret of a token, this once, that may do what the first token may, for 12 hours. No token is needed.
   */
  signIn: {
    path: Record<never, never>
    query: Record<never, never>
    body: {
      /** What stands behind `#sign-in=` in the link. */
      code: string
    }
    reply: NewToken
  }
  /**
   * A ticket for a server's serial console.
   *
   * It opens one WebSocket at `path`, once, within 30 seconds: `GET /api/v1/servers/{server_id}/terminal/?ticket=…`, without an Authorization header. Binary messages are what the console says and what is typed. The first message is text: `{"state", "console", "offset"}`; the second is binary and has what was said before, 256 KiB at most, which begins after `offset` bytes of all that this `console` has said. `{"state"}` comes again whenever the server has stopped (`stopped`) or started (`running`); the WebSocket stays open meanwhile.
   *
   * Needs a token with the permission `servers:write`.
   */
  createTerminalTicket: {
    path: {
      server_id: number
    }
    query: {
      /** With the permission `admin`: whose objects are meant, instead of the token's own account. */
      account_id?: number | undefined
    }
    body: undefined
    reply: TerminalTicket
  }
}

/** Where each call goes, and which of its options go into the query. */
export const calls = {
  getHealth: { method: 'GET', path: '/healthz', query: [], replies: [200], startsOperation: false, hasDryRun: false },
  getReadiness: {
    method: 'GET',
    path: '/readyz',
    query: [],
    replies: [200, 503],
    startsOperation: false,
    hasDryRun: false,
  },
  getMe: {
    method: 'GET',
    path: '/api/v1/account/me/',
    query: ['account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  listAccounts: {
    method: 'GET',
    path: '/api/v1/accounts/',
    query: ['limit', 'offset', 'account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  createAccount: {
    method: 'POST',
    path: '/api/v1/accounts/',
    query: ['account_id'],
    replies: [201],
    startsOperation: false,
    hasDryRun: true,
  },
  getAccount: {
    method: 'GET',
    path: '/api/v1/accounts/{account_id}/',
    query: [],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  updateAccount: {
    method: 'PATCH',
    path: '/api/v1/accounts/{account_id}/',
    query: [],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  deleteAccount: {
    method: 'DELETE',
    path: '/api/v1/accounts/{account_id}/',
    query: [],
    replies: [204],
    startsOperation: false,
    hasDryRun: true,
  },
  listSnapshots: {
    method: 'GET',
    path: '/api/v1/snapshots/',
    query: ['server_id', 'limit', 'offset', 'account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  createSnapshot: {
    method: 'POST',
    path: '/api/v1/snapshots/',
    query: ['consistency', 'memory', 'account_id'],
    replies: [201],
    startsOperation: true,
    hasDryRun: true,
  },
  getSnapshot: {
    method: 'GET',
    path: '/api/v1/snapshots/{snapshot_id}/',
    query: ['account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  deleteSnapshot: {
    method: 'DELETE',
    path: '/api/v1/snapshots/{snapshot_id}/',
    query: ['account_id'],
    replies: [204],
    startsOperation: false,
    hasDryRun: true,
  },
  restoreSnapshot: {
    method: 'POST',
    path: '/api/v1/snapshots/{snapshot_id}/restore/',
    query: ['account_id'],
    replies: [200],
    startsOperation: true,
    hasDryRun: true,
  },
  listServers: {
    method: 'GET',
    path: '/api/v1/servers/',
    query: ['status', 'location', 'limit', 'offset', 'account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  createServer: {
    method: 'POST',
    path: '/api/v1/servers/',
    query: ['account_id'],
    replies: [201],
    startsOperation: true,
    hasDryRun: true,
  },
  getServer: {
    method: 'GET',
    path: '/api/v1/servers/{server_id}/',
    query: ['account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  changeServer: {
    method: 'PATCH',
    path: '/api/v1/servers/{server_id}/',
    query: ['account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  deleteServer: {
    method: 'DELETE',
    path: '/api/v1/servers/{server_id}/',
    query: ['with_snapshots', 'account_id'],
    replies: [204],
    startsOperation: true,
    hasDryRun: true,
  },
  startServer: {
    method: 'POST',
    path: '/api/v1/servers/{server_id}/start/',
    query: ['account_id'],
    replies: [200],
    startsOperation: true,
    hasDryRun: true,
  },
  stopServer: {
    method: 'POST',
    path: '/api/v1/servers/{server_id}/stop/',
    query: ['account_id'],
    replies: [200],
    startsOperation: true,
    hasDryRun: true,
  },
  rebootServer: {
    method: 'POST',
    path: '/api/v1/servers/{server_id}/reboot/',
    query: ['account_id'],
    replies: [200],
    startsOperation: true,
    hasDryRun: true,
  },
  undoServer: {
    method: 'POST',
    path: '/api/v1/servers/{server_id}/undo/',
    query: ['account_id'],
    replies: [200],
    startsOperation: true,
    hasDryRun: true,
  },
  cloneServer: {
    method: 'POST',
    path: '/api/v1/servers/{server_id}/clone/',
    query: ['account_id'],
    replies: [201],
    startsOperation: true,
    hasDryRun: true,
  },
  execInServer: {
    method: 'POST',
    path: '/api/v1/servers/{server_id}/exec/',
    query: ['account_id'],
    replies: [201],
    startsOperation: false,
    hasDryRun: true,
  },
  getExecution: {
    method: 'GET',
    path: '/api/v1/servers/{server_id}/exec/{execution_id}/',
    query: ['account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  listLayers: {
    method: 'GET',
    path: '/api/v1/servers/{server_id}/layers/',
    query: ['account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  listImages: {
    method: 'GET',
    path: '/api/v1/images/',
    query: ['limit', 'offset', 'account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  importImage: {
    method: 'POST',
    path: '/api/v1/images/',
    query: ['link', 'account_id'],
    replies: [201],
    startsOperation: true,
    hasDryRun: true,
  },
  getImage: {
    method: 'GET',
    path: '/api/v1/images/{image_id}/',
    query: ['account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  deleteImage: {
    method: 'DELETE',
    path: '/api/v1/images/{image_id}/',
    query: ['account_id'],
    replies: [204],
    startsOperation: false,
    hasDryRun: true,
  },
  listOperations: {
    method: 'GET',
    path: '/api/v1/operations/',
    query: ['server_id', 'status', 'limit', 'offset', 'account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  getOperation: {
    method: 'GET',
    path: '/api/v1/operations/{operation_id}/',
    query: ['account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  listTokens: {
    method: 'GET',
    path: '/api/v1/tokens/',
    query: ['limit', 'offset', 'account_id'],
    replies: [200],
    startsOperation: false,
    hasDryRun: false,
  },
  createToken: {
    method: 'POST',
    path: '/api/v1/tokens/',
    query: ['account_id'],
    replies: [201],
    startsOperation: false,
    hasDryRun: true,
  },
  deleteToken: {
    method: 'DELETE',
    path: '/api/v1/tokens/{token_id}/',
    query: ['account_id'],
    replies: [204],
    startsOperation: false,
    hasDryRun: true,
  },
  signIn: {
    method: 'POST',
    path: '/api/v1/sign-in/',
    query: [],
    replies: [201],
    startsOperation: false,
    hasDryRun: true,
  },
  createTerminalTicket: {
    method: 'POST',
    path: '/api/v1/servers/{server_id}/terminal/',
    query: ['account_id'],
    replies: [201],
    startsOperation: false,
    hasDryRun: true,
  },
} as const
