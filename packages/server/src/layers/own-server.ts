import type { Selectable } from 'kysely'
import type { Db, Trx } from '../db/database.ts'
import type { Servers } from '../db/schema.ts'
import { Failure } from '../errors.ts'

/**
 * The server that somebody asks for by its id. Whose it is is part of the question, so nobody learns of another one's.
 * @throws Failure `not_found`
 */
export async function readOwnServer(
  db: Db | Trx,
  { accountId, serverId }: { readonly accountId: number; readonly serverId: number },
): Promise<Selectable<Servers>> {
  const server = await db
    .selectFrom('servers')
    .selectAll()
    .where('id', '=', serverId)
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (!server) throw new Failure('not_found', `There is no server ${serverId}.`)
  return server
}
