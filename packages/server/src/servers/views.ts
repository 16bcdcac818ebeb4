/** Servers as they look on the wire. */
import type { Static } from 'typebox'
import type { Db, Trx } from '../db/database.ts'
import type { Driver } from '../drivers/driver.ts'
import type { RouteDeps } from '../http/deps.ts'
import { toTime, toTimeOrNull } from '../http/times.ts'
import { countSnapshots, snapshotLimitOf } from '../layers/space.ts'
import { withoutFolders } from '../operations/told.ts'
import { identityOf } from './identity.ts'
import type { Server, ServerDetail } from './schemas.ts'
import { readDiskSizes, readForwards, readUndoPoint, type ServerRow } from './store.ts'

const GIB = 1024 ** 3
const HOUR_MS = 3600_000

export function toServer(row: ServerRow): Static<typeof Server> {
  const { id, name, hostname, status, ip_address, location } = row
  return {
    id,
    name,
    hostname,
    status,
    ip_address,
    location,
    // Plans are not objects of their own yet: each server's is its own.
    plan: { id, name: row.plan_name, vcpus: row.vcpus, memory: row.memory_mb, storage: row.storage_gb },
    os: { id: row.image_id, name: row.os_name },
    created_at: toTime(row.created_at),
    updated_at: toTime(row.updated_at),
  }
}

/** `agentConnected` is asked of the machine before, because that may take long and a transaction may not. */
export async function toServerDetail(
  db: Db | Trx,
  row: ServerRow,
  agentConnected: boolean,
  { now, snapshots }: Pick<RouteDeps, 'now' | 'snapshots'>,
): Promise<ServerDetail> {
  const disks = await readDiskSizes(db, row.id)
  const undo = await readUndoPoint(db, row.id, now())
  return {
    ...toServer(row),
    uuid: row.uuid,
    status_reason: row.status_reason === null ? null : withoutFolders(row.status_reason),
    agent: { connected: agentConnected },
    undo: {
      available: undo !== undefined,
      until: toTimeOrNull(undo?.expires_at ?? null),
      operation_id: undo?.operation_id ?? null,
      hours: snapshots.undoMs / HOUR_MS,
    },
    snapshots: {
      count: await countSnapshots(db, row.id),
      limit: await snapshotLimitOf(db, row.account_id, snapshots.snapshotLimit),
    },
    disks: disks.map(({ slot, role, size_bytes }) => ({
      slot,
      size_gb: Math.round((size_bytes / GIB) * 1000) / 1000,
      role,
    })),
    firmware: row.firmware,
    autostart: row.autostart === 1,
    network: await toNetwork(db, row),
    cloned_from: row.cloned_from,
    identity: identityOf(row),
  }
}

async function toNetwork(db: Db | Trx, row: ServerRow): Promise<ServerDetail['network']> {
  const [type, bridge = null] = row.network.split(':', 2) as ['none' | 'user' | 'bridge', string?]
  const forwards = await readForwards(db, row.id)
  return {
    type,
    bridge,
    mac: row.mac,
    quarantine: row.quarantined_at !== null,
    forwards: forwards.map(forward => ({ host: '127.0.0.1', ...forward })),
  }
}

/** False also where the machine cannot be asked: the list must not fail because one machine does. */
export async function isAgentConnected(driver: Driver, serverId: number): Promise<boolean> {
  return await driver.inspect(serverId).then(
    machine => machine.agentConnected,
    () => false,
  )
}
