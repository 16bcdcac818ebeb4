import { sql } from 'kysely'
import type { Words } from '../words.ts'

/** Notifications of these names say that there may be operations to take up, and that there are events to read. */
export const OPERATIONS_CHANNEL = 'restpoint_operations'
export const EVENTS_CHANNEL = 'restpoint_events'

export const postgresWords: Words = {
  idColumn: table => table.addColumn('id', 'bigint', column => column.primaryKey().generatedByDefaultAsIdentity()),
  lockFree: query => query.forUpdate().skipLocked(),
  async notify(trx) {
    await sql`select pg_notify(${OPERATIONS_CHANNEL}, '')`.execute(trx)
  },
  // Ids are given as the very last thing of a transaction, by one at a time: who holds the lock has nothing more to wait
  // for but its commit, and lets go of it when that can be seen. See docs/decisions/0013-events-by-triggers.md.
  async addEventTrigger(db, { name, on, table, when, statement }) {
    await sql
      .raw(
        `create function ${name}() returns trigger language plpgsql as $$
         begin
           perform pg_advisory_xact_lock(hashtextextended('restpoint: events', 0));
           ${statement};
           perform pg_notify('${EVENTS_CHANNEL}', '');
           return null;
         end
         $$`,
      )
      .execute(db)
    await sql
      .raw(
        `create constraint trigger ${name} after ${on} on ${table} deferrable initially deferred
         for each row when (${when}) execute function ${name}()`,
      )
      .execute(db)
  },
  epochMs: '(extract(epoch from clock_timestamp()) * 1000)::bigint',
  async givenIds(db) {
    const { rows } = await sql<{ name: string; id: number }>`
      select regexp_replace(sequencename, '_id_seq$', '') as name, last_value as id from pg_sequences
      where schemaname = current_schema() and last_value is not null
    `.execute(db)
    return Object.fromEntries(rows.map(({ name, id }) => [name, id]))
  },
  async skipTo(trx, table, id) {
    await sql`select setval(pg_get_serial_sequence(${table}, 'id'), ${id})`.execute(trx)
  },
}
