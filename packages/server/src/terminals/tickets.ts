/**
 * What opens one terminal, once, within seconds: a WebSocket of a browser cannot carry an Authorization header, and what
 * stands in an address should be worth nothing by the time that somebody reads it. Kept in memory: a ticket that a restart
 * has lost is asked for again.
 */
import { hash, randomBytes } from 'node:crypto'

export const TICKET_MS = 30_000

/** Who may sit down where. */
export interface Pass {
  readonly serverId: number
  readonly accountId: number
  readonly tokenId: number
}

interface Ticket extends Pass {
  /** Epoch ms. */
  readonly expiresAt: number
}

export class Tickets {
  readonly #now: () => number
  /** By the digest of its secret; oldest first. */
  readonly #tickets = new Map<string, Ticket>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** `rt_` and 43 characters. It opens nothing until it is issued. */
  static draw(): string {
    return `rt_${randomBytes(32).toString('base64url')}`
  }

  /** Those of one token are at most `limit`: the oldest go. */
  issue(secret: string, pass: Pass, limit: number): void {
    this.#forgetExpired()
    const own = [...this.#tickets].filter(([, ticket]) => ticket.tokenId === pass.tokenId)
    for (const [digest] of own.slice(0, Math.max(0, own.length + 1 - limit))) this.#tickets.delete(digest)
    this.#tickets.set(digestOf(secret), { ...pass, expiresAt: this.#now() + TICKET_MS })
  }

  /** It is of no use afterwards, whatever it was. Undefined for one that is unknown, used, expired or for another server. */
  take(secret: string, serverId: number): Pass | undefined {
    const digest = digestOf(secret)
    const ticket = this.#tickets.get(digest)
    this.#tickets.delete(digest)
    return ticket && ticket.expiresAt > this.#now() && ticket.serverId === serverId ? ticket : undefined
  }

  #forgetExpired(): void {
    for (const [digest, ticket] of this.#tickets) if (ticket.expiresAt <= this.#now()) this.#tickets.delete(digest)
  }
}

/** A look-up by what somebody has sent tells nothing of what is there. */
function digestOf(secret: string): string {
  return hash('sha256', secret, 'hex')
}
