/** Who works on which operation: claims, each with a lease and a fence of its own. */
import { type ExpressionBuilder, sql } from 'kysely'
import { type Db, inTransaction, type Trx } from '../db/database.ts'
import type { Database, Operations } from '../db/schema.ts'
import { wordsOf } from '../db/words.ts'
import { addEvent, type Claim, type OperationRow, unended } from './journal.ts'

export interface Claimant {
  readonly owner: string
  /** What it works on. Whatever else it holds it has lost on the way, and takes up again. */
  readonly running: readonly number[]
}

/** Ids that could be claimed now, oldest first. */
export async function claimable(
  db: Db,
  claimant: Claimant,
  now: number,
  kinds: readonly string[],
  limit: number,
): Promise<number[]> {
  if (kinds.length === 0) return []
  const rows = await free(db, claimant, now).where('o.kind', 'in', kinds).orderBy('o.id').limit(limit).execute()
  return rows.map(row => row.id)
}

/** Takes one; undefined if somebody was faster. */
export function claim(
  db: Db,
  id: number,
  claimant: Claimant,
  now: number,
  leaseMs: number,
): Promise<{ row: OperationRow; claim: Claim } | undefined> {
  return inTransaction(db, async trx => {
    const { lockFree } = wordsOf(trx)
    const before = await lockFree(free(trx, claimant, now).where('o.id', '=', id)).executeTakeFirst()
    if (!before) return undefined
    const row = await trx
      .updateTable('operations')
      .set(eb => ({
        status: 'running',
        waits_for: null,
        lease_owner: claimant.owner,
        lease_until: now + leaseMs,
        fence: eb('fence', '+', 1),
        attempts: eb('attempts', '+', 1),
        started_at: eb.fn.coalesce('started_at', eb.val(now)),
        // Interrupted by the end of a process: how long nobody was there is not its fault, and no reason to take back
        // what may have been done and used since.
        ...(before.status === 'running' ? { deadline_at: null } : {}),
      }))
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    await addEvent(trx, row.id, row.fence, now, 'claimed', row.step, null)
    return { row, claim: { operationId: row.id, owner: claimant.owner, fence: row.fence } }
  })
}

/**
 * At the service's start: whatever an earlier process of this host was at is nobody's now. Only for the holder of the
 * state folder's lock.
 */
export async function releaseAll(db: Db): Promise<void> {
  await db.updateTable('operations').set({ lease_until: 0 }).where('status', '=', 'running').execute()
}

/** What nobody takes up: operations that have not ended, of kinds that another version of the service had. */
export function ofOtherKinds(db: Db, kinds: readonly string[]): Promise<{ id: number; kind: string }[]> {
  const query = db.selectFrom('operations').select(['id', 'kind']).where('status', 'in', unended)
  return (kinds.length === 0 ? query : query.where('kind', 'not in', kinds)).execute()
}

/** The first of their lane, due, and nobody's; or somebody's whose lease ran out, or that has lost them. */
function free(db: Db | Trx, { owner, running }: Claimant, now: number) {
  const query = db
    .selectFrom('operations as o')
    .select(['o.id', 'o.status'])
    .where(eb =>
      eb.or([
        eb.and([eb('o.status', 'in', ['queued', 'waiting']), eb('o.run_after', '<=', now)]),
        eb.and([
          eb('o.status', '=', 'running'),
          eb.or([eb('o.lease_until', '<', now), eb('o.lease_owner', '=', owner)]),
        ]),
      ]),
    )
    .where(isFirst)
  return running.length === 0 ? query : query.where('o.id', 'not in', running)
}

function isFirst(eb: ExpressionBuilder<Database & { o: Operations }, 'o'>) {
  return eb.not(
    eb.exists(
      eb
        .selectFrom('operations as earlier')
        .select(sql`1`.as('one'))
        .whereRef('earlier.lane', '=', 'o.lane')
        .whereRef('earlier.id', '<', 'o.id')
        .where('earlier.status', 'in', unended),
    ),
  )
}
