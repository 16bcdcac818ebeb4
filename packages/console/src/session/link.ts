/**
 * The link that the service prints at its first start: `/console/#sign-in=CODE`. The code stands after the #, so no
 * server and no log gets to see it; it works once.
 */
import { UnexpectedReplyError } from '@restpoint/sdk/source'

/** The code in the address, which is taken out of it: neither history nor a copied address has it then. */
export function takeCode(): string | undefined {
  const code = /^#sign-in=([\w-]+)$/.exec(location.hash)?.[1]
  if (code !== undefined) history.replaceState(history.state, '', location.pathname + location.search)
  return code
}

/** @returns a token, or undefined for a code that is used up or too old. @throws whatever else goes wrong. */
export async function exchange(code: string): Promise<string | undefined> {
  const reply = await fetch('/api/v1/sign-in/', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
    credentials: 'omit',
  })
  if (reply.ok) return ((await reply.json()) as { token: string }).token
  if (reply.status < 500) return undefined
  throw new UnexpectedReplyError(`POST /api/v1/sign-in/: ${reply.status}`, reply.status)
}
