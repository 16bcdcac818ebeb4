/** Reading events. Triggers write them (db/migrations/0003_events.ts). */
import type { Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import type { Events } from '../db/schema.ts'
import type { Permission } from '../domain/permissions.ts'

const columns = ['id', 'noun', 'object_id', 'server_id', 'change', 'at', 'status', 'step', 'progress'] as const
export type EventRow = Pick<Selectable<Events>, (typeof columns)[number]>

/** Who reads, and whose. */
export interface Reader {
  readonly tokenId: number
  readonly accountId: number
  readonly permissions: readonly Permission[]
}

export interface Reading {
  /** What the reader may see, oldest first. */
  readonly rows: readonly EventRow[]
  /** Of all that there are, whoever may see them; 0 without any. */
  readonly newest: number
  readonly oldest: number
  /** There is more than was asked for. */
  readonly isMore: boolean
}

/**
 * Events after this one, at most `limit`; undefined where the token is of no use any more. One statement, so that nothing
 * that came after the token's end is read with it.
 */
export async function readEvents(
  db: Db,
  { tokenId, accountId, permissions }: Reader,
  after: number,
  now: number,
  limit: number,
): Promise<Reading | undefined> {
  const ofAccount = db
    .selectFrom('events')
    .select(columns)
    .where('id', '>', after)
    .where(eb => eb.or([eb('account_id', '=', accountId), eb('account_id', 'is', null)]))
    .orderBy('id')
    .limit(limit + 1)
  const visible = permissions.includes('admin') ? ofAccount : ofAccount.where('permission', 'in', permissions)
  const read = await db
    .selectFrom('tokens as t')
    .leftJoin(visible.as('e'), join => join.onTrue())
    .select(columns.map(column => `e.${column}` as const))
    .select(eb => [
      eb
        .selectFrom('events')
        .select(of => of.fn.max('id').as('id'))
        .as('newest'),
      eb
        .selectFrom('events')
        .select(of => of.fn.min('id').as('id'))
        .as('oldest'),
    ])
    .where('t.id', '=', tokenId)
    .where(eb => eb.or([eb('t.expires_at', 'is', null), eb('t.expires_at', '>', now)]))
    .orderBy('e.id')
    .execute()
  const [first] = read
  if (!first) return undefined
  const rows = read.filter((row): row is typeof row & EventRow => row.id !== null)
  return {
    rows: rows.slice(0, limit),
    newest: first.newest ?? 0,
    oldest: first.oldest ?? 0,
    isMore: rows.length > limit,
  }
}

/** 0 without any. */
export async function newestEvent(db: Db): Promise<number> {
  const row = await db
    .selectFrom('events')
    .select(eb => eb.fn.max('id').as('id'))
    .executeTakeFirst()
  return row?.id ?? 0
}

/** All but the newest go: about so many, because ids have gaps. */
export async function forgetEvents(db: Db, kept: number): Promise<void> {
  await db
    .deleteFrom('events')
    .where('id', '<=', (await newestEvent(db)) - kept)
    .execute()
}
