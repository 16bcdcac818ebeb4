/** Why a terminal ends, as the close code and the reason of its WebSocket. 4000–4999 are ours; RFC 6455 has the others. */
export const endings = {
  stopping: { code: 1001, reason: 'The service is stopping' },
  not_binary: { code: 1003, reason: 'What is typed comes in binary messages' },
  token_ended: { code: 4401, reason: 'The token was revoked or has expired' },
  server_deleted: { code: 4404, reason: 'The server was deleted' },
  too_slow: { code: 4408, reason: 'What the server said was not read in time' },
  too_much: { code: 4429, reason: 'More was typed than the server takes' },
} as const

export type Ending = keyof typeof endings
