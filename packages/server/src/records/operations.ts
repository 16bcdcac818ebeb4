/** Of the history only what something else names is recorded. */
import type { Selectable } from 'kysely'
import type { Trx } from '../db/database.ts'
import type { Operations } from '../db/schema.ts'
import type { OperationRecord } from './schema.ts'
import { time, timeOrNull } from './times.ts'

type Row = Pick<Selectable<Operations>, 'id' | 'account_id' | 'kind' | 'created_at' | 'started_at' | 'ended_at'>

/** Those that made one of these, by id. */
export async function readOperations(
  trx: Trx,
  table: 'snapshots' | 'undo_points' | 'images',
): Promise<Map<number, Row>> {
  const rows = await trx
    .selectFrom('operations')
    .select(['id', 'account_id', 'kind', 'created_at', 'started_at', 'ended_at'])
    .where('id', 'in', eb => eb.selectFrom(table).select('operation_id').$castTo<{ operation_id: number }>())
    .execute()
  return new Map(rows.map(row => [row.id, row]))
}

export function toOperationRecord({ id, kind, created_at, started_at, ended_at }: Row): OperationRecord {
  return {
    id,
    kind,
    created_at: time(created_at),
    started_at: timeOrNull(started_at),
    ended_at: timeOrNull(ended_at),
  }
}
