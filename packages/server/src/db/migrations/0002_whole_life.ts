import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely'

const required = (column: ColumnDefinitionBuilder) => column.notNull()
const zero = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(0)

/** Servers and images made by people, more accounts, more disks. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const columns: Record<
    string,
    [string, 'text' | 'integer' | 'bigint', (column: ColumnDefinitionBuilder) => typeof column][]
  > = {
    accounts: [
      ['quota_servers', 'integer', column => column],
      ['quota_snapshots', 'integer', column => column],
      ['quota_bytes', 'bigint', column => column],
      ['deleted_at', 'bigint', column => column],
    ],
    images: [
      ['status', 'text', column => column.notNull().defaultTo('available')],
      ['cloud_init', 'integer', zero],
      ['operation_id', 'bigint', column => column],
      ['deleted_at', 'bigint', column => column],
    ],
    layers: [['server_id', 'bigint', column => column]],
    servers: [
      ['firmware', 'text', column => column.notNull().defaultTo('bios')],
      ['network', 'text', column => column.notNull().defaultTo('none')],
      ['mac', 'text', column => column],
      ['generation_id', 'text', column => column],
      ['instance_id', 'text', column => column],
      ['cloud_init', 'text', column => column],
      ['autostart', 'integer', column => column.notNull().defaultTo(1)],
      ['cloned_from', 'bigint', column => column],
      ['quarantined_at', 'bigint', column => column],
      ['deleted_at', 'bigint', column => column],
    ],
    disks: [['role', 'text', column => column.notNull().defaultTo('disk')]],
    operations: [['image_id', 'bigint', column => column]],
  }
  for (const [table, added] of Object.entries(columns)) {
    for (const [name, type, build] of added) await db.schema.alterTable(table).addColumn(name, type, build).execute()
  }
  await sql`update layers set server_id = (select disks.server_id from disks where disks.active_layer_id = layers.id)`.execute(
    db,
  )
  // An image's row outlives its layer, because deleted servers name it: without NOT NULL, which SQLite cannot take away.
  await db.schema
    .alterTable('images')
    .addColumn('layer', 'bigint', column => column.references('layers.id'))
    .execute()
  await sql`update images set layer = layer_id`.execute(db)
  await db.schema.alterTable('images').dropColumn('layer_id').execute()
  await db.schema.alterTable('images').renameColumn('layer', 'layer_id').execute()

  await db.schema
    .createTable('forwarded_ports')
    .addColumn('host_port', 'integer', column => column.primaryKey())
    .addColumn('server_id', 'bigint', column => column.notNull().references('servers.id'))
    .addColumn('guest_port', 'integer', required)
    .execute()
  await db.schema
    .createTable('hosts')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('created_at', 'bigint', required)
    .execute()
}
