/**
 * The one catalogue of everything that can go wrong. `docs/errors.md` is tested against it.
 *
 * A request that fails answers with the entry's status and a problem body; an operation that fails keeps the entry's
 * code. `remedy` says what the reader can do about it and is part of every `detail` a person sees.
 */
export interface CatalogueEntry {
  /** HTTP status when a request fails with it; for operations' failures, what their cause would be called. */
  readonly status: number
  readonly title: string
  readonly remedy: string
}

export const catalogue = {
  // Requests
  unauthenticated: {
    status: 401,
    title: 'Authentication required',
    remedy: 'Send the header "Authorization: Bearer <token>" with a token that is neither expired nor revoked.',
  },
  permission_denied: {
    status: 403,
    title: 'The token lacks a permission',
    remedy: 'Use a token with the permission that the detail names, or have one made by somebody who has it.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    remedy: 'Check the id; list the objects that your token can see.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    remedy: 'Use one of the methods named in the Allow header.',
  },
  invalid_request: {
    status: 400,
    title: 'Invalid request',
    remedy: 'Correct the fields named in "errors".',
  },
  body_too_large: {
    status: 413,
    title: 'Body too large',
    remedy: 'Send at most 64 KiB.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    remedy: 'Send JSON with the header "Content-Type: application/json".',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    remedy: 'Wait for the seconds in the Retry-After header, or raise RESTPOINT_RATE_LIMIT.',
  },
  idempotency_key_reused: {
    status: 400,
    title: 'Idempotency-Key used for another request',
    remedy: 'Use a new key for a new request.',
  },
  token_already_created: {
    status: 400,
    title: 'The token of this Idempotency-Key exists already',
    remedy: 'Its secret is not kept: delete the token named in the detail and make another with a new key.',
  },
  unavailable: {
    status: 503,
    title: 'The service cannot answer now',
    remedy: 'Try again shortly; if it stays, see /readyz and the log.',
  },
  internal_error: {
    status: 500,
    title: 'An error of ours',
    remedy: 'Look in the service log for the request or operation id, and report it.',
  },
  // States that refuse a request
  snapshot_limit_reached: {
    status: 400,
    title: 'Snapshot limit reached',
    remedy: 'Delete a snapshot of this server, or raise RESTPOINT_SNAPSHOT_LIMIT or the quota of its account.',
  },
  snapshot_not_restorable: {
    status: 400,
    title: 'The snapshot cannot be restored',
    remedy: 'Only completed snapshots can be restored: wait until it is completed, or choose another.',
  },
  server_busy: {
    status: 400,
    title: 'The server is busy',
    remedy: 'Wait for the operation named in the detail; Retry-After says how long to wait before asking again.',
  },
  server_wrong_state: {
    status: 400,
    title: 'The server is not in a state for this',
    remedy: 'Bring the server to the state that the detail names first.',
  },
  nothing_to_undo: {
    status: 400,
    title: 'There is no restore to undo',
    remedy: 'A restore can be undone until its undo point expires (RESTPOINT_UNDO_HOURS); restore a snapshot instead.',
  },
  not_enough_space: {
    status: 400,
    title: 'Not enough free space',
    remedy: 'Free space on the file system of the state folder, or lower RESTPOINT_RESERVE_MB.',
  },
  chain_too_deep: {
    status: 400,
    title: 'Too many layers on top of each other',
    remedy: 'Delete snapshots of this server and wait until the background merges are done.',
  },
  image_rejected: {
    status: 400,
    title: 'The image cannot be used',
    remedy: 'Choose another file, or convert it to a plain qcow2 or raw image without a backing file.',
  },
  image_not_available: {
    status: 400,
    title: 'The image is not available',
    remedy: 'Wait until its import is completed, or choose another image.',
  },
  quota_exceeded: {
    status: 400,
    title: "The account's quota is used up",
    remedy: "Delete something of this account, or have the host's administrator raise its quota.",
  },
  not_enough_memory: {
    status: 400,
    title: 'The host does not have that much memory',
    remedy: 'Ask for less memory, or stop another server first.',
  },
  port_taken: {
    status: 400,
    title: 'The port is taken',
    remedy: 'Choose another host_port, or leave it away to have a free one chosen.',
  },
  bridge_unavailable: {
    status: 400,
    title: 'The bridge cannot be used',
    remedy:
      'Make the bridge on the host and run the service with CAP_NET_ADMIN (docs/operating.md), or use the network "user".',
  },
  firmware_unavailable: {
    status: 400,
    title: 'This host cannot boot by UEFI',
    remedy: 'Install the Debian package ovmf on the host, or use the firmware "bios".',
  },
  snapshot_not_cloneable: {
    status: 400,
    title: 'The snapshot cannot be cloned',
    remedy: 'Only completed snapshots can be cloned: wait until it is completed, or choose another.',
  },
  server_has_snapshots: {
    status: 400,
    title: 'The server has snapshots',
    remedy: 'Delete its snapshots first, or repeat the request with ?with_snapshots=true.',
  },
  account_has_servers: {
    status: 400,
    title: 'The account owns servers',
    remedy: 'Delete its servers first; with ?account_id= an administrator can.',
  },
  email_taken: {
    status: 400,
    title: 'There is an account with this email',
    remedy: 'Use another email address, or the account that is there.',
  },
  own_account: {
    status: 400,
    title: 'An account does not delete itself',
    remedy: 'Use the token of another administrator; the last one stays.',
  },
  last_admin_token: {
    status: 400,
    title: "The host's last token with admin",
    remedy: 'Make another token with the permission "admin" first, one that does not expire before this one.',
  },
  agent_unavailable: {
    status: 400,
    title: 'The guest agent cannot be reached',
    remedy:
      'Install and start qemu-guest-agent in the server, and wait until "agent.connected" of GET /servers/{id}/ is true.',
  },
  sign_in_refused: {
    status: 400,
    title: 'The sign-in link does not work',
    remedy: 'A link works once and for an hour. Sign in with a token; the first one is in the file admin-token.',
  },
  terminals_off: {
    status: 400,
    title: 'Terminals are switched off',
    remedy: 'Start the service with RESTPOINT_TERMINAL=on.',
  },
  terminal_limit_reached: {
    status: 400,
    title: 'Too many terminals',
    remedy: 'Close another terminal of this server or of this token first.',
  },
  capability_missing: {
    status: 400,
    title: 'This host cannot do that yet',
    remedy: 'Leave the option away.',
  },
  // Why an operation failed
  consistency_unavailable: {
    status: 400,
    title: 'The requested consistency could not be reached',
    remedy: 'Install and start qemu-guest-agent in the server, or ask for consistency=auto.',
  },
  machine_failed: {
    status: 500,
    title: 'QEMU did not do what it was asked',
    remedy: 'Look at the qemu.log in the machine folder of the server, then start it again.',
  },
  chain_mismatch: {
    status: 500,
    title: 'The layers are not what they should be',
    remedy: 'Nothing was changed further. Look at GET /servers/{id}/layers/ and the log before you do anything else.',
  },
  exec_refused: {
    status: 400,
    title: 'The guest agent refused to run the program',
    remedy: 'Check that the program is there, and that qemu-guest-agent allows guest-exec (its block-rpcs).',
  },
  outcome_unknown: {
    status: 500,
    title: 'Nobody can say how it ended',
    remedy: 'Look in the server whether it was done before you ask for it again.',
  },
  deadline_exceeded: {
    status: 500,
    title: 'It took too long',
    remedy: 'Look at the log for what it waited for, then try again.',
  },
  cancelled: {
    status: 400,
    title: 'Cancelled',
    remedy: 'Nothing to do: its object was deleted while it was in progress.',
  },
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof catalogue

/** What a failure carries besides its code; all of it reaches the client. */
export interface FailureFacts {
  /** Field → messages, for `errors` of a validation problem. */
  readonly fields?: Record<string, string[]>
  /** The operation that is in the way. */
  readonly operationId?: number
  /** Seconds, for the Retry-After header. */
  readonly retryAfter?: number
}

/** An expected failure: it has a code of the catalogue, a detail for people, and never a secret. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: ErrorCode
  readonly facts: FailureFacts

  constructor(code: ErrorCode, detail: string, facts: FailureFacts = {}) {
    super(detail)
    this.code = code
    this.facts = facts
  }

  get status(): number {
    return catalogue[this.code].status
  }

  get remedy(): string {
    return catalogue[this.code].remedy
  }
}
