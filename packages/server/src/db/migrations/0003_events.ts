import type { ColumnDefinitionBuilder, Kysely } from 'kysely'
import { wordsOf } from '../words.ts'

/** A table whose rows people see, and what its events say. SQL over a row, which is `new` or `old`. */
interface Noun {
  readonly table: string
  readonly noun: string
  /** Whose it is; null: the host's. */
  readonly account: string
  readonly server: string
  /** What a token needs to read it. */
  readonly permission: string
  /** What people see of it. Another value of any of these is a change; of others it is none. */
  readonly columns: readonly string[]
  /** A row that is marked as deleted is not there any more. */
  readonly isMarked: boolean
  /** Those that an event tells besides. */
  readonly told?: readonly string[]
}

const nouns: readonly Noun[] = [
  {
    table: 'accounts',
    noun: 'account',
    account: 'null',
    server: 'null',
    permission: `'admin'`,
    columns: ['email', 'first_name', 'last_name', 'company_name', 'quota_servers', 'quota_snapshots', 'quota_bytes'],
    isMarked: true,
  },
  {
    table: 'tokens',
    noun: 'token',
    account: 'row.account_id',
    server: 'null',
    permission: `'tokens:write'`,
    columns: ['name', 'permissions', 'expires_at'],
    isMarked: false,
  },
  {
    table: 'images',
    noun: 'image',
    account: 'null',
    server: 'null',
    permission: `'servers:read'`,
    columns: ['name', 'os_name', 'status', 'cloud_init', 'layer_id', 'operation_id'],
    isMarked: true,
  },
  {
    table: 'servers',
    noun: 'server',
    account: 'row.account_id',
    server: 'row.id',
    permission: `'servers:read'`,
    columns: [
      ...['name', 'hostname', 'location', 'status', 'status_reason', 'plan_name', 'vcpus', 'memory_mb', 'storage_gb'],
      ...['ip_address', 'updated_at', 'network', 'mac', 'autostart', 'quarantined_at'],
    ],
    isMarked: true,
  },
  {
    table: 'snapshots',
    noun: 'snapshot',
    account: 'row.account_id',
    server: 'row.server_id',
    permission: `'snapshots:read'`,
    columns: ['name', 'description', 'status', 'size_mb', 'receipt'],
    isMarked: true,
  },
  {
    table: 'operations',
    noun: 'operation',
    account: 'row.account_id',
    server: 'row.server_id',
    // What is done for the host itself is for administrators.
    permission: `case when row.image_id is null then 'servers:read' else 'admin' end`,
    columns: ['status', 'step', 'progress', 'attempts', 'waits_for', 'error_code', 'error_detail'],
    isMarked: false,
    told: ['status', 'step', 'progress'],
  },
]

/** Whatever writes to one of these tables, each change that people can see has its event. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { idColumn, addEventTrigger, epochMs } = wordsOf(db)
  const required = (column: ColumnDefinitionBuilder) => column.notNull()
  await idColumn(db.schema.createTable('events'))
    .addColumn('account_id', 'bigint')
    .addColumn('permission', 'text', required)
    .addColumn('noun', 'text', required)
    .addColumn('object_id', 'bigint', required)
    .addColumn('server_id', 'bigint')
    .addColumn('change', 'text', required)
    .addColumn('at', 'bigint', required)
    .addColumn('status', 'text')
    .addColumn('step', 'text')
    .addColumn('progress', 'double precision')
    .execute()

  for (const { table, noun, account, server, permission, columns, isMarked, told = [] } of nouns) {
    const isThere = (row: string) => (isMarked ? `${row}.deleted_at is null` : 'true')
    const hasChanged = [...columns, ...(isMarked ? ['deleted_at'] : [])]
      .map(column => `new.${column} is distinct from old.${column}`)
      .join('\n  or ')
    const event = (row: string, change: string) => {
      const values = {
        account_id: account,
        permission,
        noun: `'${noun}'`,
        object_id: 'row.id',
        server_id: server,
        change,
        at: epochMs,
        ...Object.fromEntries(told.map(column => [column, `row.${column}`])),
      }
      return `insert into events (${Object.keys(values).join(', ')})
values (${Object.values(values).join(', ').replaceAll('row.', `${row}.`)})`
    }
    await addEventTrigger(db, {
      name: `${noun}_created`,
      on: 'insert',
      table,
      when: isThere('new'),
      statement: event('new', `'created'`),
    })
    await addEventTrigger(db, {
      name: `${noun}_changed`,
      on: 'update',
      table,
      when: isMarked ? `${isThere('old')} and (${hasChanged})` : hasChanged,
      statement: event(
        'new',
        isMarked ? `case when row.deleted_at is null then 'updated' else 'deleted' end` : `'updated'`,
      ),
    })
    await addEventTrigger(db, {
      name: `${noun}_removed`,
      on: 'delete',
      table,
      when: isThere('old'),
      statement: event('old', `'deleted'`),
    })
  }
  // What can be undone is told with its server.
  for (const [name, on, row] of [
    ['undo_point_created', 'insert', 'new'],
    ['undo_point_removed', 'delete', 'old'],
  ] as const) {
    await addEventTrigger(db, {
      name,
      on,
      table: 'undo_points',
      when: 'true',
      statement: `insert into events (account_id, permission, noun, object_id, server_id, change, at)
select account_id, 'servers:read', 'server', id, id, 'updated', ${epochMs}
from servers where id = ${row}.server_id and deleted_at is null`,
    })
  }
}
