/** Servers with their disks, snapshots and undo points, as they are recorded. */
import type { Selectable } from 'kysely'
import type { Trx } from '../db/database.ts'
import type { Layers, SnapshotLayers } from '../db/schema.ts'
import { LayerGraph, type LayerId } from '../domain/layers.ts'
import { toLayer } from '../layers/store.ts'
import { readOperations, toOperationRecord } from './operations.ts'
import type { FileOf } from './picture.ts'
import { type DiskLayerRecord, type ServerRecord, type SnapshotRecord, type UndoRecord, VERSION } from './schema.ts'
import { time, timeOrNull } from './times.ts'

/** Those that are there: one that is just being made has neither disks nor a past. */
export async function readServers(trx: Trx, fileOf: FileOf): Promise<ServerRecord[]> {
  const servers = await trx
    .selectFrom('servers')
    .innerJoin('accounts', 'accounts.id', 'servers.account_id')
    .innerJoin('images', 'images.id', 'servers.image_id')
    .selectAll('servers')
    .select(['accounts.email', 'images.name as image_name'])
    .where('servers.deleted_at', 'is', null)
    .where('servers.status', '!=', 'creating')
    .orderBy('servers.id')
    .execute()
  const tree = await readTree(trx, fileOf)
  const disks = await grouped(trx.selectFrom('disks').selectAll().orderBy('slot').execute())
  const ports = await grouped(trx.selectFrom('forwarded_ports').selectAll().orderBy('host_port').execute())
  const snapshots = await readSnapshots(trx, tree)
  const undoPoints = await readUndoPoints(trx, tree)
  return servers.map(server => {
    const own = (disks.get(server.id) ?? []).map(({ id, slot, role, active_layer_id }) => ({
      ...tree.place({ disk_id: id, slot, layer_id: active_layer_id }),
      role,
    }))
    const named = snapshots.get(server.id) ?? []
    const undo = undoPoints.get(server.id) ?? null
    const tops = [...own, ...named.flatMap(snapshot => snapshot.disks), ...(undo?.disks ?? [])]
    return {
      version: VERSION,
      id: server.id,
      uuid: server.uuid,
      account: { id: server.account_id, email: server.email },
      name: server.name,
      hostname: server.hostname,
      location: server.location,
      status: server.status,
      status_reason: server.status_reason,
      image: { id: server.image_id, name: server.image_name },
      plan: {
        name: server.plan_name,
        vcpus: server.vcpus,
        memory_mb: server.memory_mb,
        storage_gb: server.storage_gb,
      },
      firmware: server.firmware,
      network: server.network,
      mac: server.mac,
      forwards: (ports.get(server.id) ?? []).map(({ host_port, guest_port }) => ({ host_port, guest_port })),
      ip_address: server.ip_address,
      quarantined_at: timeOrNull(server.quarantined_at),
      autostart: server.autostart === 1,
      generation_id: server.generation_id,
      instance_id: server.instance_id,
      cloud_init: server.cloud_init === null ? null : (JSON.parse(server.cloud_init) as unknown),
      cloned_from: server.cloned_from,
      created_at: time(server.created_at),
      updated_at: time(server.updated_at),
      disks: own,
      snapshots: named,
      undo_point: undo,
      layers: tree.below(tops.map(({ layer }) => layer)),
    }
  })
}

interface Tree {
  /** A disk's layer as it is recorded. */
  place(disk: Pick<SnapshotLayers, 'disk_id' | 'slot' | 'layer_id'>): DiskLayerRecord
  /** What these are read through, images apart; lowest id first. */
  below(tops: readonly LayerId[]): ServerRecord['layers']
}

async function readTree(trx: Trx, fileOf: FileOf): Promise<Tree> {
  const rows = await trx.selectFrom('layers').selectAll().execute()
  const byId = new Map<LayerId, Selectable<Layers>>(rows.map(row => [row.id, row]))
  const graph = new LayerGraph(
    rows.map(row => ({ id: row.id, parentId: row.parent_id, isImage: row.is_image === 1, state: row.state })),
  )
  const find = (id: LayerId) => found(byId, id)
  return {
    place: ({ disk_id, slot, layer_id }) => ({ disk_id, slot, layer: layer_id, file: fileOf(toLayer(find(layer_id))) }),
    below(tops) {
      const ids = new Set(tops.flatMap(top => graph.chain(top)).flatMap(node => (node.isImage ? [] : [node.id])))
      const sorted = [...ids].sort((a, b) => a - b).map(find)
      return sorted.map(({ id, server_id, created_at }) => ({ id, server_id, created_at: time(created_at) }))
    },
  }
}

/** By server, oldest first. One in progress has no layers yet; a failed one never will. */
async function readSnapshots(trx: Trx, tree: Tree): Promise<Map<number, SnapshotRecord[]>> {
  const rowsOfLayers = await trx.selectFrom('snapshot_layers').selectAll().orderBy('slot').execute()
  const layers = Map.groupBy(rowsOfLayers, row => row.snapshot_id)
  const rows = await trx
    .selectFrom('snapshots')
    .selectAll()
    .where('status', '=', 'completed')
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
  const operations = await readOperations(trx, 'snapshots')
  const records = new Map<number, SnapshotRecord[]>()
  for (const row of rows) {
    const operation = operations.get(row.operation_id ?? 0)
    const record = {
      id: row.id,
      name: row.name,
      description: row.description,
      size_mb: row.size_mb,
      receipt: row.receipt === null ? null : (JSON.parse(row.receipt) as unknown),
      created_at: time(row.created_at),
      ended_at: timeOrNull(row.ended_at),
      operation: operation ? toOperationRecord(operation) : null,
      disks: (layers.get(row.id) ?? []).map(tree.place),
    }
    records.set(row.server_id, [...(records.get(row.server_id) ?? []), record])
  }
  return records
}

/** By server: the newest, because that is what an undo goes back to. */
async function readUndoPoints(trx: Trx, tree: Tree): Promise<Map<number, UndoRecord>> {
  const layers = await trx.selectFrom('undo_layers').selectAll().orderBy('slot').execute()
  const rows = await trx.selectFrom('undo_points').selectAll().orderBy('id').execute()
  const operations = await readOperations(trx, 'undo_points')
  return new Map(
    rows.map(row => [
      row.server_id,
      {
        operation: toOperationRecord(found(operations, row.operation_id)),
        created_at: time(row.created_at),
        expires_at: time(row.expires_at),
        disks: layers.filter(({ undo_point_id }) => undo_point_id === row.id).map(tree.place),
      },
    ]),
  )
}

function found<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): Value {
  const value = map.get(key)
  if (value === undefined) throw new Error(`${key} is named and not there`)
  return value
}

async function grouped<Row extends { readonly server_id: number }>(rows: Promise<Row[]>): Promise<Map<number, Row[]>> {
  return Map.groupBy(await rows, row => row.server_id)
}
