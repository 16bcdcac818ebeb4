import type { Selectable } from 'kysely'
import { compiled } from '../db/compiled.ts'
import type { Db, Trx } from '../db/database.ts'
import type { Tokens } from '../db/schema.ts'

export type TokenRow = Selectable<Tokens>

/** Last use is for people who tidy up; a write for every request would be its whole cost. */
const USE_EVERY_MS = 60_000

const byDigest = compiled<TokenRow>(db => db.selectFrom('tokens').selectAll().where('digest', '=', ''), 1)

export async function findToken(db: Db, digest: string): Promise<TokenRow | undefined> {
  return (await byDigest(db, digest))[0]
}

export async function noteUse(db: Db, token: TokenRow, now: number): Promise<void> {
  if (token.last_used_at !== null && token.last_used_at > now - USE_EVERY_MS) return
  await db.updateTable('tokens').set({ last_used_at: now }).where('id', '=', token.id).execute()
}

export function tokensOf(db: Db | Trx, accountId: number) {
  return db.selectFrom('tokens').where('account_id', '=', accountId)
}

/** False if the account has no such token. */
export async function revokeToken(db: Db | Trx, accountId: number, id: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('tokens')
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}
