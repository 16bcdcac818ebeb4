/** A server's rows as the driver wants them: its machine with the chains of its disks. */
import type { Db, Trx } from '../db/database.ts'
import type { DiskChain, Machine, Network, Seed } from '../drivers/driver.ts'
import { readChain } from './store.ts'

export interface DiskRow {
  readonly id: number
  readonly slot: number
  readonly role: 'disk' | 'nvram'
  readonly active_layer_id: number
}

export function readDisks(db: Db | Trx, serverId: number): Promise<DiskRow[]> {
  return db
    .selectFrom('disks')
    .select(['id', 'slot', 'role', 'active_layer_id'])
    .where('server_id', '=', serverId)
    .orderBy('slot')
    .execute()
}

export async function readMachine(db: Db | Trx, serverId: number): Promise<Machine> {
  const server = await db
    .selectFrom('servers')
    .innerJoin('images', 'images.id', 'servers.image_id')
    .selectAll('servers')
    .select('images.kernel')
    .where('servers.id', '=', serverId)
    .executeTakeFirstOrThrow()
  const disks: DiskChain[] = []
  for (const { id, slot, role, active_layer_id } of await readDisks(db, serverId)) {
    disks.push({ diskId: id, slot, role, layers: await readChain(db, active_layer_id) })
  }
  return {
    serverId,
    uuid: server.uuid,
    vcpus: server.vcpus,
    memoryMb: server.memory_mb,
    kernel: kernelOf(server),
    firmware: server.firmware,
    disks,
    // A server that is older than generation ids has been itself all along.
    generationId: server.generation_id ?? server.uuid,
    network: await networkOf(db, server),
    seed: seedOf(server),
  }
}

/** A kernel takes the host name from its arguments: there is no cloud-init to tell it. */
function kernelOf({ kernel, hostname }: { kernel: string | null; hostname: string }): Machine['kernel'] {
  if (kernel === null) return null
  const given = JSON.parse(kernel) as NonNullable<Machine['kernel']>
  return { ...given, append: `${given.append} hostname=${hostname.split('.')[0]}` }
}

interface ServerRow {
  readonly id: number
  readonly hostname: string
  readonly network: string
  readonly mac: string | null
  readonly quarantined_at: number | null
  readonly instance_id: string | null
  readonly cloud_init: string | null
  readonly cloned_from: number | null
}

async function networkOf(db: Db | Trx, { id, network, mac, quarantined_at }: ServerRow): Promise<Network> {
  if (network === 'none' || mac === null) return { type: 'none' }
  const isPlugged = quarantined_at === null
  if (network !== 'user') return { type: 'bridge', bridge: network.replace(/^bridge:/, ''), mac, isPlugged }
  const ports = await db
    .selectFrom('forwarded_ports')
    .select(['host_port', 'guest_port'])
    .where('server_id', '=', id)
    .orderBy('host_port')
    .execute()
  const forwards = ports.map(({ host_port, guest_port }) => ({ hostPort: host_port, guestPort: guest_port }))
  return { type: 'user', mac, forwards, isPlugged }
}

/** What `servers.cloud_init` holds, as JSON. */
export interface CloudInit {
  readonly user_data: string | null
  readonly ssh_keys: readonly string[]
}

function seedOf({ instance_id, hostname, cloud_init, cloned_from }: ServerRow): Seed | null {
  if (instance_id === null) return null
  const given = (cloud_init === null ? null : JSON.parse(cloud_init)) as CloudInit | null
  return {
    instanceId: instance_id,
    hostname,
    sshKeys: given?.ssh_keys ?? [],
    userData: given?.user_data ?? null,
    isClone: cloned_from !== null,
  }
}
