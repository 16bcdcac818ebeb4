/** A server's rows as the driver wants them: its machine with the chains of its disks. */
import type { Db, Trx } from '../db/database.ts'
import type { DiskChain, Machine } from '../drivers/driver.ts'
import { readChain } from './store.ts'

export interface DiskRow {
  readonly id: number
  readonly slot: number
  readonly active_layer_id: number
}

export function readDisks(db: Db | Trx, serverId: number): Promise<DiskRow[]> {
  return db
    .selectFrom('disks')
    .select(['id', 'slot', 'active_layer_id'])
    .where('server_id', '=', serverId)
    .orderBy('slot')
    .execute()
}

export async function readMachine(db: Db | Trx, serverId: number): Promise<Machine> {
  const server = await db
    .selectFrom('servers')
    .innerJoin('images', 'images.id', 'servers.image_id')
    .select(['servers.uuid', 'servers.vcpus', 'servers.memory_mb', 'images.kernel'])
    .where('servers.id', '=', serverId)
    .executeTakeFirstOrThrow()
  const disks: DiskChain[] = []
  for (const disk of await readDisks(db, serverId)) {
    disks.push({ diskId: disk.id, slot: disk.slot, layers: await readChain(db, disk.active_layer_id) })
  }
  return {
    serverId,
    uuid: server.uuid,
    vcpus: server.vcpus,
    memoryMb: server.memory_mb,
    kernel: server.kernel === null ? null : (JSON.parse(server.kernel) as Machine['kernel']),
    disks,
  }
}
