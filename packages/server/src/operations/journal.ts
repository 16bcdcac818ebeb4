/** The operations' rows: one row each plus append-only events. Every write names the fence of its claim. */
import { type RawBuilder, type Selectable, sql, type UpdateObject } from 'kysely'
import type { Db, Trx } from '../db/database.ts'
import type { Database, OperationEvents, OperationStatus, Operations } from '../db/schema.ts'
import { wordsOf } from '../db/words.ts'
import { StaleFence } from './operation.ts'

export type OperationRow = Selectable<Operations>

/** Who may write to the operation, and until when. */
export interface Claim {
  readonly operationId: number
  readonly owner: string
  readonly fence: number
}

export const unended = ['queued', 'running', 'waiting'] as const satisfies readonly OperationStatus[]

export interface NewOperation {
  readonly accountId: number
  readonly kind: string
  readonly lane: string
  readonly serverId?: number
  readonly snapshotId?: number
  readonly imageId?: number
  readonly input: unknown
}

/**
 * Part of the request's own transaction: the operation exists if and only if what it is for does. It begins at once, also
 * for a clock that is set back, unless `runAfter` says when.
 */
export async function enqueue(trx: Trx, operation: NewOperation, now: number, runAfter = 0): Promise<number> {
  const { id } = await trx
    .insertInto('operations')
    .values({
      account_id: operation.accountId,
      kind: operation.kind,
      lane: operation.lane,
      server_id: operation.serverId ?? null,
      snapshot_id: operation.snapshotId ?? null,
      image_id: operation.imageId ?? null,
      input: JSON.stringify(operation.input),
      output: '{}',
      status: 'queued',
      direction: 'forward',
      step: null,
      progress: 0,
      attempts: 0,
      waits_for: null,
      run_after: runAfter,
      fence: 0,
      created_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await wordsOf(trx).notify(trx)
  return id
}

/** The unended operations of a lane, oldest first. */
export function inLane(trx: Db | Trx, lane: string): Promise<OperationRow[]> {
  return trx
    .selectFrom('operations')
    .selectAll()
    .where('lane', '=', lane)
    .where('status', 'in', unended)
    .orderBy('id')
    .execute()
}

/** Proves that the claim still stands, and prolongs it. Throws `StaleFence`. */
export async function renew(db: Db | Trx, held: Claim, until: number): Promise<void> {
  await update(db, held, { lease_until: until })
}

export async function update(db: Db | Trx, held: Claim, values: UpdateObject<Database, 'operations'>): Promise<void> {
  const result = await db
    .updateTable('operations')
    .set(values)
    .where('id', '=', held.operationId)
    .where('fence', '=', held.fence)
    .where('status', '=', 'running')
    .executeTakeFirst()
  if (result.numUpdatedRows !== 1n) throw new StaleFence(`operation ${held.operationId} was claimed by somebody else`)
}

/** Progress never goes back, also where something is done again. */
export function atLeast(progress: number): RawBuilder<number> {
  return sql<number>`case when progress < ${progress} then ${progress} else progress end`
}

/** Whoever tells it late tells nothing. A lost claim is for the next write to notice. */
export async function raiseProgress(db: Db | Trx, held: Claim, progress: number): Promise<void> {
  await db
    .updateTable('operations')
    .set({ progress })
    .where('id', '=', held.operationId)
    .where('fence', '=', held.fence)
    .where('status', '=', 'running')
    .where('progress', '<', progress)
    .execute()
}

/** One that waits and is to be cancelled need not wait any longer. */
export async function hastenCancelled(db: Db, id: number, now: number): Promise<void> {
  await db
    .updateTable('operations')
    .set({ run_after: now })
    .where('id', '=', id)
    .where('status', '=', 'waiting')
    .where('cancel_requested_at', 'is not', null)
    .execute()
}

export async function addEvent(
  db: Db | Trx,
  operationId: number,
  fence: number,
  at: number,
  event: OperationEvents['event'],
  step: string | null,
  data: unknown,
): Promise<void> {
  await db
    .insertInto('operation_events')
    .values({ operation_id: operationId, fence, at, event, step, data: data === null ? null : JSON.stringify(data) })
    .execute()
}

/** Ids of operations that have done this step at least once, in whatever round. */
export function withStepDone(db: Db | Trx, step: string) {
  return db
    .selectFrom('operation_events')
    .select('operation_id as id')
    .where('event', '=', 'step_done')
    .where('step', '=', step)
}

/** Has this step of the operation ever been journalled as done, in whichever round? */
export async function wasDone(db: Db | Trx, operationId: number, step: string): Promise<boolean> {
  const found = withStepDone(db, step).where('operation_id', '=', operationId).limit(1)
  return (await found.executeTakeFirst()) !== undefined
}

export function read(db: Db | Trx, id: number): Promise<OperationRow | undefined> {
  return db.selectFrom('operations').selectAll().where('id', '=', id).executeTakeFirst()
}
