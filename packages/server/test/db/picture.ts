/** What the migrations have made of a database, told the same way for each kind. */
import { sql } from 'kysely'
import type { Db } from '../../src/db/database.ts'
import type { DatabaseKind } from '../support/databases.ts'

export interface Column {
  readonly table: string
  readonly column: string
  /** `integer` is any whole number here: SQLite has one kind of them. */
  readonly type: string
  readonly required: boolean
  readonly standard: string | null
}

export interface Index {
  readonly table: string
  /** In its order, e.g. `lane`, or `account_id, id`. */
  readonly columns: string
  readonly unique: boolean
  readonly partial: boolean
}

export interface Reference {
  readonly table: string
  readonly column: string
  readonly to: string
  readonly whenDeleted: string
}

export interface Trigger {
  readonly table: string
  readonly name: string
  /** `insert`, `update` or `delete`. */
  readonly on: string
}

export interface SchemaPicture {
  readonly columns: readonly Column[]
  readonly indexes: readonly Index[]
  readonly references: readonly Reference[]
  readonly triggers: readonly Trigger[]
}

export async function pictureOf(db: Db, kind: DatabaseKind): Promise<SchemaPicture> {
  const { columns, indexes, references, triggers } = queries[kind]
  const rows = async <Row>(query: string) => (await sql.raw<Row>(query).execute(db)).rows
  // Whatever the order in which a database tells it.
  const sorted = <Row extends object>(list: readonly Row[]) => {
    const texts = list.map(row => JSON.stringify(row, Object.keys(row).sort()))
    return texts.sort().map(text => JSON.parse(text) as Row)
  }
  return {
    columns: sorted(
      (await rows<Column>(columns)).map(row => ({
        ...row,
        type: row.type.replace(/^bigint$/, 'integer'),
        required: Boolean(row.required),
        standard: row.standard === null || row.standard.startsWith('nextval') ? null : unquoted(row.standard),
      })),
    ),
    indexes: sorted(
      (await rows<Index>(indexes)).map(row => ({ ...row, unique: Boolean(row.unique), partial: Boolean(row.partial) })),
    ),
    references: sorted(await rows<Reference>(references)),
    triggers: sorted(await rows<Trigger>(triggers)),
  }
}

const unquoted = (text: string) => text.replace(/::\w+$/, '')

const ours = (name: string) => `${name} not like 'kysely%' and ${name} not like 'sqlite%'`

const queries = {
  sqlite: {
    columns: `
      select t.name as "table", c.name as "column", lower(c.type) as type, c."notnull" or c.pk > 0 as required,
             c.dflt_value as standard
      from sqlite_master t join pragma_table_info(t.name) c where t.type = 'table' and ${ours('t.name')}`,
    // The primary key of a table with a rowid is no index there.
    indexes: `
      select t.name as "table", (select group_concat(name, ', ') from pragma_index_info(i.name)) as columns,
             i."unique" as "unique", i.partial as partial
      from sqlite_master t join pragma_index_list(t.name) i where t.type = 'table' and ${ours('t.name')}
      union all
      select t.name, c.name, 1, 0
      from sqlite_master t join pragma_table_info(t.name) c
      where t.type = 'table' and ${ours('t.name')} and lower(c.type) = 'integer' and c.pk = 1
        and not exists (select 1 from pragma_table_info(t.name) other where other.pk = 2)`,
    references: `
      select t.name as "table", f."from" as "column", f."table" || '.' || f."to" as "to", f.on_delete as "whenDeleted"
      from sqlite_master t join pragma_foreign_key_list(t.name) f where t.type = 'table'`,
    triggers: `
      select tbl_name as "table", name,
             case when sql like '% after insert on %' then 'insert'
                  when sql like '% after update on %' then 'update' else 'delete' end as "on"
      from sqlite_master where type = 'trigger'`,
  },
  postgres: {
    columns: `
      select table_name as "table", column_name as "column", data_type as type, is_nullable = 'NO' as required,
             column_default as standard
      from information_schema.columns where table_schema = 'public' and ${ours('table_name')}`,
    indexes: `
      select t.relname as "table", i.indisunique as "unique", i.indpred is not null as partial,
             (select string_agg(a.attname, ', ' order by k.place)
              from unnest(i.indkey) with ordinality k (number, place)
              join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number) as columns
      from pg_index i join pg_class t on t.oid = i.indrelid
      where t.relnamespace = 'public'::regnamespace and t.relkind = 'r' and ${ours('t.relname')}`,
    references: `
      select t.relname as "table", a.attname as "column", other.relname || '.' || b.attname as "to",
             case c.confdeltype when 'a' then 'NO ACTION' when 'c' then 'CASCADE' else c.confdeltype::text end
               as "whenDeleted"
      from pg_constraint c
      join pg_class t on t.oid = c.conrelid join pg_class other on other.oid = c.confrelid
      join pg_attribute a on a.attrelid = t.oid and a.attnum = c.conkey[1]
      join pg_attribute b on b.attrelid = other.oid and b.attnum = c.confkey[1]
      where c.contype = 'f'`,
    triggers: `
      select event_object_table as "table", trigger_name as name, lower(event_manipulation) as "on"
      from information_schema.triggers`,
  },
} as const
