import type { Selectable } from 'kysely'
import { compiled } from '../db/compiled.ts'
import type { Db, Trx } from '../db/database.ts'
import type { Tokens } from '../db/schema.ts'
import { lacking, type Permission } from '../domain/permissions.ts'
import { Failure } from '../errors.ts'

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

/**
 * Of no use any more, at once. Whoever may do less than it may not take it away.
 * @throws Failure `not_found`, `permission_denied`, `last_admin_token`
 */
export async function revokeToken(
  trx: Trx,
  caller: { readonly accountId: number; readonly permissions: readonly Permission[] },
  id: number,
): Promise<void> {
  const token = await tokensOf(trx, caller.accountId).selectAll().where('id', '=', id).executeTakeFirst()
  if (!token) throw new Failure('not_found', 'There is no such token')
  const more = lacking(caller.permissions, JSON.parse(token.permissions) as Permission[])
  if (more.length > 0) {
    throw new Failure('permission_denied', `A token cannot revoke one that may do more: ${more.join(', ')}`)
  }
  await keepAnAdministrator(trx, token)
  await trx.deleteFrom('tokens').where('id', '=', id).execute()
}

/** Without any the host could not be managed any more, and nobody could make one. */
async function keepAnAdministrator(trx: Trx, token: TokenRow): Promise<void> {
  if (!isAdministrators(token)) return
  const others = await trx
    .selectFrom('tokens')
    .selectAll()
    .where('id', '!=', token.id)
    .where(eb =>
      eb.or([eb('expires_at', 'is', null), eb('expires_at', '>=', token.expires_at ?? Number.MAX_SAFE_INTEGER)]),
    )
    .execute()
  if (others.some(isAdministrators)) return
  throw new Failure('last_admin_token', `No other token with "admin" lives as long as token ${token.id}`)
}

function isAdministrators(token: TokenRow): boolean {
  return (JSON.parse(token.permissions) as Permission[]).includes('admin')
}
