/**
 * A code that signs in once: whoever has just started the service opens a link, and need not carry a token into the
 * browser by hand. It lives in memory, as a digest: a restart forgets it, and as long as no token was ever used the next
 * start makes another one.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Db, Trx } from '../db/database.ts'
import type { Permission } from '../domain/permissions.ts'
import { Failure } from '../errors.ts'
import { makeToken } from './create.ts'

const CODE_MS = 3600_000
const TOKEN_MS = 12 * 3600_000

export interface SignedIn {
  readonly id: number
  readonly name: string
  readonly permissions: readonly Permission[]
  /** Epoch ms. */
  readonly createdAt: number
  readonly expiresAt: number
  readonly secret: string
}

export interface Offer {
  readonly digest: Buffer
  /** Whose permissions it gives. */
  readonly tokenId: number
  readonly expiresAt: number
}

export class SignIn {
  readonly #now: () => number
  #offer: Offer | undefined

  constructor(now: () => number) {
    this.#now = now
  }

  /** A code for whoever starts the service; undefined once a token was used: then somebody has signed in before. */
  async offer(db: Db): Promise<string | undefined> {
    const tokens = await db.selectFrom('tokens').select(['id', 'last_used_at']).orderBy('id').execute()
    const [first] = tokens
    if (!first || tokens.some(token => token.last_used_at !== null)) return undefined
    const code = randomBytes(32).toString('base64url')
    this.#offer = { digest: digestOf(code), tokenId: first.id, expiresAt: this.#now() + CODE_MS }
    return code
  }

  /** What a code offers, without using it up. @throws Failure `sign_in_refused`: it is unknown, used or expired. */
  look(code: string): Offer {
    const offer = this.#offer
    // Digests, so that how long it takes tells nothing of how much of it was right.
    if (!offer || !timingSafeEqual(offer.digest, digestOf(code)) || offer.expiresAt <= this.#now()) throw refused()
    return offer
  }

  /** Uses it up, unless the work fails. @throws Failure `sign_in_refused` */
  async use<Value>(code: string, work: (offer: Offer) => Promise<Value>): Promise<Value> {
    const offer = this.look(code)
    this.#offer = undefined
    try {
      return await work(offer)
    } catch (error) {
      this.#offer ??= offer
      throw error
    }
  }

  /** May do what the first one may, and lives for 12 hours, or as long as that one. @throws Failure `sign_in_refused` */
  async makeToken(trx: Trx, { tokenId }: Offer): Promise<SignedIn> {
    const first = await trx.selectFrom('tokens').selectAll().where('id', '=', tokenId).executeTakeFirst()
    const createdAt = this.#now()
    const left = first && (first.expires_at ?? Number.POSITIVE_INFINITY) - createdAt
    if (!first || left === undefined || left <= 0) throw refused()
    const expiresAt = createdAt + Math.min(left, TOKEN_MS)
    const permissions = JSON.parse(first.permissions) as Permission[]
    const name = `${first.name}, signed in by link`
    const made = await makeToken(trx, { accountId: first.account_id, name, permissions, expiresAt }, createdAt)
    return { ...made, name, permissions, createdAt, expiresAt }
  }
}

function refused(): Failure {
  return new Failure('sign_in_refused', 'The code is unknown, used or expired')
}

function digestOf(code: string): Buffer {
  return hash('sha256', code, 'buffer')
}
