/**
 * `Idempotency-Key`: one key, at most one effect, the same reply. The key's row is written in the transaction of the
 * effect itself, so there is no moment at which one is there without the other; a request that is refused keeps nothing
 * and may be sent again with its key.
 *
 * The row is claimed before the effect. Two requests at once with one key: the second waits on the unique key until the
 * first has committed (then it replays) or not (then it acts).
 */
import type { ExpressionBuilder } from 'kysely'
import type { Db, Trx } from '../db/database.ts'
import type { Database } from '../db/schema.ts'
import { Failure } from '../errors.ts'

export const KEPT_MS = 24 * 60 * 60 * 1000

export interface KeyedRequest {
  readonly accountId: number
  /** The route's pattern with its method: the key's scope together with the account. */
  readonly route: string
  readonly key: string
  /** Of what was asked for (`canonical.ts`). */
  readonly digest: string
}

export interface KeptReply {
  readonly status: number
  readonly body: unknown
  readonly operationId: number | null
}

/** @throws Failure `invalid_request` for a key that is none. */
export function idempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  const key = [header].flat().join(', ')
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new Failure('invalid_request', 'The Idempotency-Key is not usable', {
    fields: { 'Idempotency-Key': ['Must be 1 to 255 visible ASCII characters, without spaces.'] },
  })
}

/**
 * Claims the key for this request: undefined, or the reply to replay.
 * @throws Failure `idempotency_key_reused` if the key was used for something else.
 */
export async function claimKey(trx: Trx, request: KeyedRequest, now: number): Promise<KeptReply | undefined> {
  await trx
    .deleteFrom('idempotency_keys')
    .where(isKey(request))
    .where('created_at', '<=', now - KEPT_MS)
    .execute()
  const claimed = await trx
    .insertInto('idempotency_keys')
    .values({
      account_id: request.accountId,
      route: request.route,
      key: request.key,
      request_digest: request.digest,
      status: 0,
      body: null,
      created_at: now,
    })
    .onConflict(conflict => conflict.doNothing())
    .returning('key')
    .executeTakeFirst()
  if (claimed) return undefined
  const row = await trx.selectFrom('idempotency_keys').selectAll().where(isKey(request)).executeTakeFirstOrThrow()
  if (row.request_digest !== request.digest) {
    throw new Failure('idempotency_key_reused', 'This Idempotency-Key was used for a different request')
  }
  return { status: row.status, body: row.body === null ? null : JSON.parse(row.body), operationId: row.operation_id }
}

/** What a replay will answer: in the effect's transaction, and again if a longer wait has answered something newer. */
export async function keepReply(db: Db | Trx, request: KeyedRequest, reply: KeptReply): Promise<void> {
  await db
    .updateTable('idempotency_keys')
    .set({ status: reply.status, body: JSON.stringify(reply.body), operation_id: reply.operationId })
    .where(isKey(request))
    .execute()
}

function isKey({ accountId, route, key }: KeyedRequest) {
  return (eb: ExpressionBuilder<Database, 'idempotency_keys'>) => eb.and({ account_id: accountId, route, key })
}
