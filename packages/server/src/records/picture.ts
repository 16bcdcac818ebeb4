/** Everything that is recorded, as the database has it at one instant. */
import type { Trx } from '../db/database.ts'
import { type HighestIds, highestInRows } from '../db/ids.ts'
import { grants, type Permission } from '../domain/permissions.ts'
import type { Layer } from '../drivers/driver.ts'
import { type LayerRow, toLayer } from '../layers/store.ts'
import { readOperations, toOperationRecord } from './operations.ts'
import { type AccountsRecord, type IdsRecord, type ImageRecord, type Records, VERSION } from './schema.ts'
import { readServers } from './servers.ts'
import { time, timeOrNull } from './times.ts'

/** A layer's file, from the state folder. */
export type FileOf = (layer: Layer) => string

/** `recorded`: the highest ids so far; the rows that bore them may be gone. */
export async function readPicture(trx: Trx, fileOf: FileOf, recorded: HighestIds = {}): Promise<Records> {
  return {
    ids: await readIds(trx, recorded),
    accounts: await readAccounts(trx),
    images: await readImages(trx, fileOf),
    servers: await readServers(trx, fileOf),
  }
}

async function readIds(trx: Trx, recorded: HighestIds): Promise<IdsRecord> {
  const here = Object.entries(await highestInRows(trx))
  return {
    version: VERSION,
    highest: Object.fromEntries(here.map(([table, id]) => [table, Math.max(id, recorded[table] ?? 0)])),
  }
}

async function readAccounts(trx: Trx): Promise<AccountsRecord> {
  const accounts = await trx.selectFrom('accounts').selectAll().where('deleted_at', 'is', null).orderBy('id').execute()
  const tokens = await trx.selectFrom('tokens').select(['account_id', 'permissions']).execute()
  const admins = new Set(
    tokens
      .filter(token => grants(JSON.parse(token.permissions) as Permission[], 'admin'))
      .map(token => token.account_id),
  )
  return {
    version: VERSION,
    accounts: accounts.map(({ deleted_at: _, created_at, ...row }) => ({
      ...row,
      created_at: time(created_at),
      is_admin: admins.has(row.id),
    })),
  }
}

/** Deleted ones as well, as long as something stands on them or a server names them. */
async function readImages(trx: Trx, fileOf: FileOf): Promise<ImageRecord[]> {
  const rows = await trx.selectFrom('images').selectAll().where('status', '=', 'available').orderBy('id').execute()
  const layers = await trx
    .selectFrom('layers')
    .selectAll()
    .where('is_image', '=', 1)
    .where('state', '=', 'live')
    .execute()
  const servers = await trx.selectFrom('servers').select('image_id').where('deleted_at', 'is', null).execute()
  const operations = await readOperations(trx, 'images')
  const named = new Set(servers.map(server => server.image_id))
  return rows.flatMap(row => {
    const layer = layers.find(({ id }) => id === row.layer_id)
    if (!layer && !named.has(row.id)) return []
    const operation = operations.get(row.operation_id ?? 0)
    const record = {
      version: VERSION,
      id: row.id,
      name: row.name,
      os_name: row.os_name,
      cloud_init: row.cloud_init === 1,
      kernel: row.kernel === null ? null : (JSON.parse(row.kernel) as unknown),
      created_at: time(row.created_at),
      deleted_at: timeOrNull(row.deleted_at),
      operation: operation ? { ...toOperationRecord(operation), account_id: operation.account_id } : null,
    } as const
    return [{ ...record, layer: layer ? recordOf(layer, fileOf) : null }]
  })
}

function recordOf(row: LayerRow, fileOf: FileOf): NonNullable<ImageRecord['layer']> {
  const layer = toLayer(row)
  return {
    id: row.id,
    format: row.format,
    size_bytes: row.size_bytes,
    file: fileOf(layer),
    linked: row.file !== null,
    created_at: time(row.created_at),
  }
}
