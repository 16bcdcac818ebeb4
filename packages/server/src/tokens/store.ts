import type { Selectable } from 'kysely'
import { compiled } from '../db/compiled.ts'
import type { Db, Trx } from '../db/database.ts'
import type { Tokens } from '../db/schema.ts'
import { lacking, type Permission } from '../domain/permissions.ts'
import { Failure } from '../errors.ts'
import { refuse } from '../operations/refuse.ts'

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
  await revoke(trx, [token])
}

/** An account's end. @throws Failure `last_admin_token` */
export async function revokeAllTokens(trx: Trx, accountId: number): Promise<void> {
  await revoke(trx, await tokensOf(trx, accountId).selectAll().execute())
}

/** Without any administrator's the host could not be managed any more, and nobody could make one. */
async function revoke(trx: Trx, tokens: readonly TokenRow[]): Promise<void> {
  const revoked = new Set(tokens.map(token => token.id))
  const [longest] = tokens.filter(isAdministrators).sort((a, b) => endOf(b) - endOf(a))
  if (longest) {
    const all = await trx.selectFrom('tokens').selectAll().execute()
    const others = all.filter(other => !revoked.has(other.id) && isAdministrators(other))
    if (!others.some(other => endOf(other) >= endOf(longest))) {
      const detail = `No other token with "admin" lives as long as token ${longest.id}`
      refuse(trx, new Failure('last_admin_token', detail))
    }
  }
  for (const id of revoked) await trx.deleteFrom('tokens').where('id', '=', id).execute()
}

function endOf(token: TokenRow): number {
  return token.expires_at ?? Number.MAX_SAFE_INTEGER
}

function isAdministrators(token: TokenRow): boolean {
  return (JSON.parse(token.permissions) as Permission[]).includes('admin')
}
