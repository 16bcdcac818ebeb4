/** Writes a plan into an empty database, in one transaction. */
import type { Insertable } from 'kysely'
import type { Trx } from '../../db/database.ts'
import { skipIds } from '../../db/ids.ts'
import type { Operations } from '../../db/schema.ts'
import { wordsOf } from '../../db/words.ts'
import type { ServerStatus } from '../../domain/servers.ts'
import { imageLane, serverLane } from '../../operations/lanes.ts'
import type { DiskLayerRecord, OperationRecord } from '../schema.ts'
import { millis, millisOrNull } from '../times.ts'
import type { Plan, PlannedServer } from './plan.ts'

const holdSomething = ['accounts', 'images', 'layers', 'servers', 'operations', 'tokens'] as const

export async function isEmpty(trx: Trx): Promise<boolean> {
  for (const table of holdSomething) {
    if (await trx.selectFrom(table).select('id').limit(1).executeTakeFirst()) return false
  }
  return true
}

export async function insertPlan(trx: Trx, plan: Plan): Promise<void> {
  // Above those of every event of the database that was lost, which nobody has noted: whoever resumes there is told.
  await wordsOf(trx).skipTo(trx, 'events', Date.now())
  for (const { is_admin: _, created_at, ...account } of plan.accounts) {
    await trx
      .insertInto('accounts')
      .values({ ...account, created_at: millis(created_at) })
      .execute()
  }
  await insertLayers(trx, plan)
  const accountIds = new Set(plan.accounts.map(({ id }) => id))
  for (const { id, name, os_name, cloud_init, kernel, created_at, deleted_at, layer, operation } of plan.images) {
    const by = operation && accountIds.has(operation.account_id) ? operation.account_id : null
    if (by !== null) await insertOperation(trx, operation, { account_id: by, lane: imageLane(id), image_id: id })
    await trx
      .insertInto('images')
      .values({
        id,
        name,
        os_name,
        cloud_init: cloud_init ? 1 : 0,
        kernel: kernel === null ? null : JSON.stringify(kernel),
        created_at: millis(created_at),
        deleted_at: millisOrNull(deleted_at),
        layer_id: layer?.id ?? null,
        operation_id: by === null ? null : (operation?.id ?? null),
        status: 'available',
      })
      .execute()
  }
  for (const server of plan.servers) await insertServer(trx, server)
  await skipIds(trx, plan.highest)
}

/** Parents second, because they come in any order. */
async function insertLayers(trx: Trx, { layers }: Plan): Promise<void> {
  for (const layer of layers) {
    await trx
      .insertInto('layers')
      .values({
        id: layer.id,
        account_id: layer.accountId,
        server_id: layer.serverId,
        parent_id: null,
        size_bytes: layer.sizeBytes,
        format: layer.format,
        file: layer.file,
        is_image: layer.isImage ? 1 : 0,
        state: layer.state,
        created_at: layer.createdAt,
      })
      .execute()
  }
  for (const { id, parentId } of layers) {
    if (parentId === null) continue
    await trx.updateTable('layers').set({ parent_id: parentId }).where('id', '=', id).execute()
  }
}

async function insertServer(trx: Trx, server: PlannedServer): Promise<void> {
  const { record, active, snapshots, undo } = server
  const accountId = record.account.id
  const own = { account_id: accountId, lane: serverLane(record.id), server_id: record.id }
  await trx
    .insertInto('servers')
    .values({
      id: record.id,
      account_id: accountId,
      uuid: record.uuid,
      name: record.name,
      hostname: record.hostname,
      location: record.location,
      ...statusOf(server),
      image_id: record.image.id,
      plan_name: record.plan.name,
      vcpus: record.plan.vcpus,
      memory_mb: record.plan.memory_mb,
      storage_gb: record.plan.storage_gb,
      ip_address: record.ip_address,
      created_at: millis(record.created_at),
      updated_at: millis(record.updated_at),
      firmware: record.firmware,
      network: record.network,
      mac: record.mac,
      generation_id: record.generation_id,
      instance_id: record.instance_id,
      cloud_init: record.cloud_init === null ? null : JSON.stringify(record.cloud_init),
      autostart: record.autostart ? 1 : 0,
      cloned_from: record.cloned_from,
      quarantined_at: millisOrNull(record.quarantined_at),
    })
    .execute()
  for (const port of record.forwards) {
    await trx
      .insertInto('forwarded_ports')
      .values({ ...port, server_id: record.id })
      .execute()
  }
  for (const { disk_id, slot, role } of record.disks) {
    const active_layer_id = active.get(disk_id) as number
    await trx.insertInto('disks').values({ id: disk_id, server_id: record.id, slot, role, active_layer_id }).execute()
  }
  for (const { id, name, description, size_mb, receipt, operation, created_at, ended_at, disks } of snapshots) {
    await insertOperation(trx, operation, { ...own, snapshot_id: id })
    await trx
      .insertInto('snapshots')
      .values({
        id,
        account_id: accountId,
        server_id: record.id,
        operation_id: operation?.id ?? null,
        name,
        description,
        status: 'completed',
        size_mb,
        receipt: receipt === null ? null : JSON.stringify(receipt),
        created_at: millis(created_at),
        ended_at: millisOrNull(ended_at),
      })
      .execute()
    for (const disk of disks) {
      await trx
        .insertInto('snapshot_layers')
        .values({ snapshot_id: id, ...rowOf(disk) })
        .execute()
    }
  }
  if (undo === null) return
  await insertOperation(trx, undo.operation, own)
  const { id } = await trx
    .insertInto('undo_points')
    .values({
      server_id: record.id,
      operation_id: undo.operation.id,
      created_at: millis(undo.created_at),
      expires_at: millis(undo.expires_at),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  for (const disk of undo.disks) {
    await trx
      .insertInto('undo_layers')
      .values({ undo_point_id: id, ...rowOf(disk) })
      .execute()
  }
}

/** What was under way has ended with the old database. The watcher says the rest, once the service runs. */
function statusOf({ record, isRunning }: PlannedServer): { status: ServerStatus; status_reason: string | null } {
  const { status, status_reason } = record
  if (status !== 'restoring' && status !== 'creating') return { status, status_reason }
  return {
    status: isRunning ? 'active' : 'stopped',
    status_reason: `it was ${status === 'restoring' ? 'being restored' : 'being made'} when the database was lost`,
  }
}

function rowOf({ disk_id, slot, layer }: DiskLayerRecord) {
  return { disk_id, slot, layer_id: layer }
}

/** Of the history only what something else names. */
async function insertOperation(trx: Trx, operation: OperationRecord | null, of: OperationOf): Promise<void> {
  if (operation === null) return
  const { id, kind, created_at, started_at, ended_at } = operation
  await trx
    .insertInto('operations')
    .values({
      ...of,
      id,
      kind,
      input: '{}',
      output: '{}',
      status: 'completed',
      direction: 'forward',
      step: null,
      progress: 1,
      attempts: 1,
      run_after: 0,
      fence: 1,
      created_at: millis(created_at),
      started_at: millisOrNull(started_at),
      ended_at: millisOrNull(ended_at) ?? millis(created_at),
    })
    .execute()
}

type OperationOf = Pick<Insertable<Operations>, 'account_id' | 'lane' | 'server_id' | 'snapshot_id' | 'image_id'>
