/** The rows of a server that is to be made, whatever it is made from, and the operation that makes it. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Trx } from '../db/database.ts'
import type { LayerId } from '../domain/layers.ts'
import { Failure } from '../errors.ts'
import { checkServerQuota, checkSpace } from '../layers/space.ts'
import { insertPrepared, leaseForUse, readChain } from '../layers/store.ts'
import { enqueue } from '../operations/journal.ts'
import { serverLane } from '../operations/lanes.ts'
import { refuse, refuseIf } from '../operations/refuse.ts'
import { checkMemory, type Offer, takePorts } from './offer.ts'
import { refused, refuseQuarantineWithout, type Wish } from './wish.ts'

export interface MakeDeps {
  readonly now: () => number
  readonly reserveBytes: number
}

/** How a disk begins. */
export type Beginning =
  | { readonly how: 'overlay'; readonly sourceId: LayerId }
  /** A copy of all that one reads through it: a chain that is as deep as it may be bears no further layer. */
  | { readonly how: 'copy'; readonly sourceId: LayerId }
  | { readonly how: 'empty' }
  | { readonly how: 'nvram' }

export type NewDisk = Beginning & {
  readonly slot: number
  readonly role: 'disk' | 'nvram'
  readonly sizeBytes: number
}

export type MakeInput = {
  readonly disks: readonly (Beginning & { readonly diskId: number; readonly layerId: LayerId })[]
}

/** What it is made from. */
export interface Origin {
  readonly kind: 'server_create' | 'server_clone'
  readonly imageId: number
  /** The image's kernel; null: the server boots from its disk, and has a seed disk. */
  readonly kernel: string | null
  readonly firmware: 'bios' | 'uefi'
  readonly snapshotId: number | null
  readonly disks: readonly NewDisk[]
  /** What copies may take. */
  readonly neededBytes: number
}

export interface Made {
  readonly serverId: number
  readonly operationId: number
}

/** Everything that can refuse it comes first; then the rows, with every id that there will be. */
export async function insertServer(trx: Trx, deps: MakeDeps, wish: Wish, origin: Origin, offer: Offer): Promise<Made> {
  const { accountId } = wish
  refuseQuarantineWithout(wish.network, wish.quarantine)
  if (wish.cloudInit !== null && origin.kernel !== null) {
    throw refused('cloud_init', 'A server of this image boots a given kernel, without cloud-init.')
  }
  if (origin.firmware === 'uefi' && offer.nvramBytes === null) {
    refuse(trx, new Failure('firmware_unavailable', 'There is no UEFI firmware on this host.'))
  }
  await refuseIf(trx, () => checkMemory(wish.plan.memoryMb, offer.memory))
  await refuseIf(trx, () => checkServerQuota(trx, accountId))
  await refuseIf(trx, () => checkSpace(trx, accountId, deps.reserveBytes, offer.space, origin.neededBytes))

  const now = deps.now()
  const serverId = await insertRow(trx, wish, origin, now)
  const disks: MakeInput['disks'][number][] = []
  for (const { slot, role, sizeBytes, ...beginning } of origin.disks) {
    const parentId = beginning.how === 'overlay' ? beginning.sourceId : null
    const layerId = await insertPrepared(trx, { accountId, serverId, parentId, sizeBytes, now })
    const { id: diskId } = await trx
      .insertInto('disks')
      .values({ server_id: serverId, slot, active_layer_id: layerId, role })
      .returning('id')
      .executeTakeFirstOrThrow()
    disks.push({ ...beginning, diskId, layerId })
  }
  await takePorts(trx, serverId, wish.forwards, offer.ports)
  const input: MakeInput = { disks }
  const operationId = await enqueue(
    trx,
    {
      accountId,
      kind: origin.kind,
      lane: serverLane(serverId),
      serverId,
      ...(origin.snapshotId === null ? {} : { snapshotId: origin.snapshotId }),
      input,
    },
    now,
  )
  // Image and snapshot may be deleted from now on; what the server is made from stays, and stays as it is.
  await leaseForUse(trx, operationId, await chainsOf(trx, disks))
  return { serverId, operationId }
}

async function chainsOf(trx: Trx, disks: readonly Beginning[]): Promise<LayerId[]> {
  const found: LayerId[] = []
  for (const disk of disks) {
    if ('sourceId' in disk) found.push(...(await readChain(trx, disk.sourceId)).map(layer => layer.id))
  }
  return found
}

async function insertRow(trx: Trx, wish: Wish, origin: Origin, now: number): Promise<number> {
  const { id } = await trx
    .insertInto('servers')
    .values({
      account_id: wish.accountId,
      uuid: randomUUID(),
      name: wish.name,
      hostname: wish.hostname,
      location: wish.location,
      status: 'creating',
      status_reason: null,
      image_id: origin.imageId,
      plan_name: wish.plan.name,
      vcpus: wish.plan.vcpus,
      memory_mb: wish.plan.memoryMb,
      storage_gb: wish.plan.storageGb,
      created_at: now,
      updated_at: now,
      firmware: origin.firmware,
      network: wish.network,
      mac: wish.network === 'none' ? null : await newMac(trx),
      generation_id: randomUUID(),
      instance_id: origin.kernel === null ? `i-${randomUUID()}` : null,
      cloud_init: wish.cloudInit === null ? null : JSON.stringify(wish.cloudInit),
      autostart: wish.autostart ? 1 : 0,
      cloned_from: origin.snapshotId,
      quarantined_at: wish.quarantine ? now : null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Locally administered, with QEMU's own prefix; no other server of this host has it. */
async function newMac(trx: Trx): Promise<string> {
  for (;;) {
    const mac = ['52', '54', '00', ...[...randomBytes(3)].map(byte => byte.toString(16).padStart(2, '0'))].join(':')
    const twin = await trx
      .selectFrom('servers')
      .select('id')
      .where('mac', '=', mac)
      .where('deleted_at', 'is', null)
      .executeTakeFirst()
    if (!twin) return mac
  }
}
