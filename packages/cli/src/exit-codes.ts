/** How a command can end, for scripts: once, as data. The README's table is tested against it. */
import type { ErrorCode } from '@restpoint/sdk/source'

export const exitCodes = {
  ok: { code: 0, means: 'Done; with `--dry-run`: it would be accepted.' },
  failed: { code: 1, means: 'It failed, or was cancelled.' },
  usage: { code: 2, means: 'Wrong use: an unknown command or option, a value that cannot be, an ambiguous name.' },
  notFound: { code: 3, means: 'There is no such thing that your token can see.' },
  notPermitted: { code: 4, means: 'No token, one that is not valid, or one without the permission.' },
  blocked: { code: 5, means: 'Refused because of how things are now; with `--dry-run`: it would be.' },
  timedOut: { code: 6, means: '`--timeout` is over. The operation goes on.' },
  unreachable: { code: 7, means: 'The service cannot be reached, cannot answer now, or is not Restpoint.' },
  interrupted: { code: 130, means: 'Ctrl-C. What was begun goes on.' },
} as const satisfies Record<string, { readonly code: number; readonly means: string }>

export type Ending = keyof typeof exitCodes

/** What a refusal ends with. A code of a newer service: `failed`. */
export const endingOf: Readonly<Record<ErrorCode, Ending>> = {
  unauthenticated: 'notPermitted',
  permission_denied: 'notPermitted',
  not_found: 'notFound',
  method_not_allowed: 'unreachable',
  invalid_request: 'usage',
  body_too_large: 'usage',
  unsupported_media_type: 'failed',
  rate_limited: 'blocked',
  idempotency_key_reused: 'failed',
  token_already_created: 'failed',
  unavailable: 'unreachable',
  internal_error: 'failed',
  snapshot_limit_reached: 'blocked',
  snapshot_not_restorable: 'blocked',
  server_busy: 'blocked',
  server_wrong_state: 'blocked',
  nothing_to_undo: 'blocked',
  not_enough_space: 'blocked',
  chain_too_deep: 'blocked',
  image_rejected: 'blocked',
  image_not_available: 'blocked',
  quota_exceeded: 'blocked',
  not_enough_memory: 'blocked',
  port_taken: 'blocked',
  bridge_unavailable: 'blocked',
  firmware_unavailable: 'blocked',
  snapshot_not_cloneable: 'blocked',
  server_has_snapshots: 'blocked',
  account_has_servers: 'blocked',
  email_taken: 'blocked',
  own_account: 'blocked',
  last_admin_token: 'blocked',
  capability_missing: 'blocked',
  consistency_unavailable: 'blocked',
  machine_failed: 'failed',
  chain_mismatch: 'failed',
  deadline_exceeded: 'failed',
  cancelled: 'failed',
}
