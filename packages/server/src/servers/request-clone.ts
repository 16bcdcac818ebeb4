/**
 * Asking for a clone: a new server that begins with what a snapshot holds. The server that is cloned lends the shape
 * (plan, network, place), the snapshot the disks with what boots from them; it may be another server's of the account.
 */
import type { Db, Trx } from '../db/database.ts'
import { type LayerId, MAX_CHAIN_DEPTH } from '../domain/layers.ts'
import type { Driver } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { readOwnServer } from '../layers/own-server.ts'
import { readChain } from '../layers/store.ts'
import { refuse } from '../operations/refuse.ts'
import { insertServer, type Made, type MakeDeps, type NewDisk } from './insert.ts'
import type { Offer } from './offer.ts'
import { GIB } from './request-create.ts'
import { refused, type Wish } from './wish.ts'

export interface CloneRequest extends Omit<Wish, 'plan'> {
  readonly serverId: number
  readonly snapshotId: number
  /** Storage null: as large as it was. */
  readonly plan: Omit<Wish['plan'], 'storageGb'> & { readonly storageGb: number | null }
}

/** A server as a model for another. */
export interface Shape {
  readonly location: string
  readonly network: string
  readonly guestPorts: readonly number[]
  readonly plan: { readonly name: string; readonly vcpus: number; readonly memoryMb: number }
}

/** @throws Failure `not_found` */
export async function readShape(db: Db | Trx, accountId: number, serverId: number): Promise<Shape> {
  const server = await readOwnServer(db, { accountId, serverId })
  const ports = await db
    .selectFrom('forwarded_ports')
    .select('guest_port')
    .where('server_id', '=', serverId)
    .orderBy('guest_port')
    .execute()
  return {
    location: server.location,
    network: server.network,
    guestPorts: [...new Set(ports.map(port => port.guest_port))],
    plan: { name: server.plan_name, vcpus: server.vcpus, memoryMb: server.memory_mb },
  }
}

/** What the copies of those disks may take that cannot bear a further layer; 0 for nearly every clone. */
export async function bytesToCopy(db: Db, driver: Driver, accountId: number, snapshotId: number): Promise<number> {
  let bytes = 0
  for (const { layer_id } of await sourcesOf(db, accountId, snapshotId)) {
    const chain = await readChain(db, layer_id)
    if (canBear(chain.length)) continue
    const sizes = [...(await driver.measure(chain)).values()]
    bytes += Math.min(
      sizes.reduce((sum, size) => sum + size, 0),
      chain[0]?.sizeBytes ?? 0,
    )
  }
  return bytes
}

/** The request's transaction: server, disks, ports and operation are there, or nothing. */
export async function requestClone(
  trx: Trx,
  deps: MakeDeps,
  request: CloneRequest,
  offer: Offer,
  neededBytes: number,
): Promise<Made> {
  const { accountId, serverId, snapshotId } = request
  // Also now: it may have been deleted since its shape was read.
  await readShape(trx, accountId, serverId)
  const snapshot = await readSnapshot(trx, accountId, snapshotId)
  const disks: NewDisk[] = []
  for (const { slot, role, layer_id, size_bytes } of await sourcesOf(trx, accountId, snapshotId)) {
    const how = canBear((await readChain(trx, layer_id)).length) ? 'overlay' : 'copy'
    const sizeBytes = slot === 0 ? bootSize(request, size_bytes) : size_bytes
    disks.push({ how, sourceId: layer_id, slot, role, sizeBytes })
  }
  const storageGb = Math.ceil((disks[0]?.sizeBytes ?? 0) / GIB)
  const { image_id: imageId, kernel, firmware } = snapshot
  const origin = { kind: 'server_clone', imageId, kernel, firmware, snapshotId, disks, neededBytes } as const
  return insertServer(trx, deps, { ...request, plan: { ...request.plan, storageGb } }, origin, offer)
}

function bootSize({ plan: { storageGb } }: CloneRequest, sizeBytes: number): number {
  if (storageGb === null) return sizeBytes
  if (storageGb * GIB >= sizeBytes) return storageGb * GIB
  throw refused(
    'plan',
    `storage must be at least ${Math.ceil(sizeBytes / GIB)} GB, because the snapshot has that much.`,
  )
}

/** One at the limit could never be snapshotted: what lies below it stays as long as the snapshot does. */
function canBear(depth: number): boolean {
  return depth + 1 < MAX_CHAIN_DEPTH
}

async function readSnapshot(trx: Trx, accountId: number, snapshotId: number) {
  const snapshot = await trx
    .selectFrom('snapshots')
    .innerJoin('servers', 'servers.id', 'snapshots.server_id')
    .innerJoin('images', 'images.id', 'servers.image_id')
    .select(['snapshots.status', 'servers.image_id', 'servers.firmware', 'images.kernel'])
    .where('snapshots.id', '=', snapshotId)
    .where('snapshots.account_id', '=', accountId)
    .where('snapshots.deleted_at', 'is', null)
    .executeTakeFirst()
  if (!snapshot) throw new Failure('not_found', `There is no snapshot ${snapshotId}.`)
  if (snapshot.status !== 'completed') {
    refuse(trx, new Failure('snapshot_not_cloneable', `Snapshot ${snapshotId} is ${snapshot.status}.`))
  }
  return snapshot
}

interface Source {
  readonly slot: number
  readonly role: 'disk' | 'nvram'
  readonly layer_id: LayerId
  readonly size_bytes: number
}

/** What the snapshot holds, by slot; nothing of a snapshot that is another account's. */
function sourcesOf(db: Db | Trx, accountId: number, snapshotId: number): Promise<Source[]> {
  return db
    .selectFrom('snapshot_layers')
    .innerJoin('snapshots', 'snapshots.id', 'snapshot_layers.snapshot_id')
    .innerJoin('disks', 'disks.id', 'snapshot_layers.disk_id')
    .innerJoin('layers', 'layers.id', 'snapshot_layers.layer_id')
    .select(['snapshot_layers.slot', 'disks.role', 'snapshot_layers.layer_id', 'layers.size_bytes'])
    .where('snapshots.id', '=', snapshotId)
    .where('snapshots.account_id', '=', accountId)
    .where('snapshots.deleted_at', 'is', null)
    .orderBy('snapshot_layers.slot')
    .execute()
}
