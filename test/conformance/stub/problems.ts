import type { Reply } from './world.ts'

const titles: Record<string, [number, string]> = {
  unauthenticated: [401, 'Authentication required'],
  permission_denied: [403, 'The token lacks a permission'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  invalid_request: [400, 'Invalid request'],
  headers_too_large: [431, 'Headers too large'],
  body_too_large: [413, 'Body too large'],
  unsupported_media_type: [415, 'Unsupported media type'],
  idempotency_key_reused: [400, 'Idempotency-Key used for another request'],
  token_already_created: [400, 'The token exists already'],
  snapshot_limit_reached: [400, 'Snapshot limit reached'],
  snapshot_not_restorable: [400, 'The snapshot cannot be restored'],
  server_busy: [400, 'The server is busy'],
  server_wrong_state: [400, 'The server is not in a state for this'],
  nothing_to_undo: [400, 'There is no restore to undo'],
  capability_missing: [400, 'This cannot be done yet'],
}

/** Thrown wherever a request fails; becomes the reply. */
export class Problem extends Error {
  readonly reply: Reply
  constructor(code: string, detail: string, extra: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
    super(detail)
    const [status, title] = titles[code] ?? [500, code]
    this.reply = {
      status,
      headers: { 'content-type': 'application/problem+json', ...headers },
      body: { type: 'about:blank', title, status, detail, code, ...extra },
    }
  }
}

export function invalid(errors: Record<string, string>): Problem {
  const lists = Object.fromEntries(Object.entries(errors).map(([field, message]) => [field, [message]]))
  return new Problem('invalid_request', `Correct ${Object.keys(errors).join(', ')}.`, { errors: lists })
}
