/** Asking for a server made from an image. */
import type { Trx } from '../db/database.ts'
import { Failure } from '../errors.ts'
import { refuse } from '../operations/refuse.ts'
import { insertServer, type Made, type MakeDeps, type NewDisk } from './insert.ts'
import type { Offer } from './offer.ts'
import { refused, type Wish } from './wish.ts'

export const GIB = 1024 ** 3

export interface CreateRequest extends Wish {
  readonly imageId: number
  readonly firmware: 'bios' | 'uefi'
  /** Sizes of the disks beside the first, GB. */
  readonly disksGb: readonly number[]
}

/** The request's transaction: server, disks, ports and operation are there, or nothing. */
export async function requestCreate(trx: Trx, deps: MakeDeps, request: CreateRequest, offer: Offer): Promise<Made> {
  const { imageId, plan, firmware } = request
  const image = await trx
    .selectFrom('images')
    .innerJoin('layers', 'layers.id', 'images.layer_id')
    .select(['images.status', 'images.kernel', 'layers.id as layer_id', 'layers.size_bytes'])
    .where('images.id', '=', imageId)
    .where('images.deleted_at', 'is', null)
    .executeTakeFirst()
  if (!image) throw new Failure('image_not_available', `There is no image ${imageId}.`)
  if (image.status !== 'available') {
    refuse(trx, new Failure('image_not_available', `Image ${imageId} is not available: ${image.status}.`))
  }
  const storageBytes = plan.storageGb * GIB
  if (storageBytes < image.size_bytes) {
    const neededGb = Math.ceil(image.size_bytes / GIB)
    throw refused('plan', `storage must be at least ${neededGb} GB, because that is what image ${imageId} holds.`)
  }
  if (firmware === 'uefi' && image.kernel !== null) {
    throw refused('firmware', 'A server of this image boots a given kernel, without UEFI.')
  }
  const disks: NewDisk[] = [
    { how: 'overlay', sourceId: image.layer_id, slot: 0, role: 'disk', sizeBytes: storageBytes },
    ...request.disksGb.map((gb, index): NewDisk => {
      return { how: 'empty', slot: index + 1, role: 'disk', sizeBytes: gb * GIB }
    }),
  ]
  if (firmware === 'uefi') {
    disks.push({ how: 'nvram', slot: disks.length, role: 'nvram', sizeBytes: offer.nvramBytes ?? 0 })
  }
  const origin = {
    kind: 'server_create',
    imageId,
    kernel: image.kernel,
    firmware,
    snapshotId: null,
    disks,
    neededBytes: 0,
  } as const
  return insertServer(trx, deps, request, origin, offer)
}
