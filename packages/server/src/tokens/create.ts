/** Makes tokens. The secret exists here and in the reply, nowhere else: what is kept is its digest. */
import { randomBytes } from 'node:crypto'
import type { Trx } from '../db/database.ts'
import type { Permission } from '../domain/permissions.ts'
import { digestOf } from './digest.ts'

export interface NewToken {
  readonly accountId: number
  readonly name: string
  readonly permissions: readonly Permission[]
  /** Epoch ms; null: does not expire. */
  readonly expiresAt: number | null
}

/** The secret is `rp_` and 43 characters: 256 random bits. It can never be shown again. */
export async function makeToken(trx: Trx, token: NewToken, now: number): Promise<{ id: number; secret: string }> {
  const secret = `rp_${randomBytes(32).toString('base64url')}`
  const { id } = await trx
    .insertInto('tokens')
    .values({
      account_id: token.accountId,
      name: token.name,
      digest: digestOf(secret),
      permissions: JSON.stringify(token.permissions),
      created_at: now,
      expires_at: token.expiresAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id, secret }
}
