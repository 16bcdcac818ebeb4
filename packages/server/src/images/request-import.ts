/** Asking for an import: everything that can refuse it, before anything is done. */
import type { Trx } from '../db/database.ts'
import type { LayerId } from '../domain/layers.ts'
import { type Driver, type ImageSource } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { checkReserve } from '../layers/space.ts'
import { enqueue, unended } from '../operations/journal.ts'
import { imageLane } from '../operations/lanes.ts'
import { refuse, refuseIf } from '../operations/refuse.ts'

export interface ImportDeps {
  readonly driver: Driver
  readonly now: () => number
  readonly reserveBytes: number
}

export interface ImportRequest {
  /** The administrator's: the image itself is the host's. */
  readonly accountId: number
  readonly name: string
  readonly osName: string
  readonly hasCloudInit: boolean
  readonly source: Required<ImageSource>
}

export interface ImportInput {
  readonly layerId: LayerId
  readonly source: Required<ImageSource>
  /** What the copy is going to take at most; 0 where nothing is copied. */
  readonly neededBytes: number
}

/** What was found before the transaction. */
export interface Found {
  readonly sizeBytes: number
  readonly allocatedBytes: number
  readonly freeBytes: number
}

/** The request's transaction: image, layer and operation are there, or nothing. */
export async function requestImport(
  trx: Trx,
  deps: Pick<ImportDeps, 'now' | 'reserveBytes'>,
  { accountId, name, osName, hasCloudInit, source }: ImportRequest,
  { sizeBytes, allocatedBytes, freeBytes }: Found,
): Promise<{ imageId: number; operationId: number }> {
  const neededBytes = source.inPlace ? 0 : allocatedBytes
  if (source.inPlace) await refuseDouble(trx, source.path)
  else {
    const free = freeBytes - (await promisedBytes(trx))
    await refuseIf(trx, () => checkReserve(deps.reserveBytes, free, neededBytes))
  }
  const now = deps.now()
  const { id: layerId } = await trx
    .insertInto('layers')
    .values({
      account_id: null,
      server_id: null,
      parent_id: null,
      size_bytes: sizeBytes,
      format: source.format,
      file: source.inPlace ? source.path : null,
      is_image: 1,
      state: 'prepared',
      created_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const { id: imageId } = await trx
    .insertInto('images')
    .values({
      name,
      os_name: osName,
      layer_id: layerId,
      kernel: null,
      status: 'importing',
      cloud_init: hasCloudInit ? 1 : 0,
      created_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const input: ImportInput = { layerId, source, neededBytes }
  const operationId = await enqueue(
    trx,
    { accountId, kind: 'image_import', lane: imageLane(imageId), imageId, input },
    now,
  )
  await trx.updateTable('images').set({ operation_id: operationId }).where('id', '=', imageId).execute()
  return { imageId, operationId }
}

/** Two layers that are one file could not be told apart by what stands on them. */
async function refuseDouble(trx: Trx, path: string): Promise<void> {
  const known = await trx
    .selectFrom('layers')
    .leftJoin('images', 'images.layer_id', 'layers.id')
    .select('images.id')
    .where('layers.file', '=', path)
    .executeTakeFirst()
  if (!known) return
  const whose = known.id === null ? 'Something' : `Image ${known.id}`
  const detail = `${whose} uses this file in place already. Use that one, or have it copied in.`
  refuse(trx, new Failure('image_rejected', detail))
}

/** What imports that are under way have still to write. */
async function promisedBytes(trx: Trx): Promise<number> {
  const rows = await trx
    .selectFrom('operations')
    .select(['input', 'progress'])
    .where('kind', '=', 'image_import')
    .where('status', 'in', unended)
    .execute()
  const left = rows.map(({ input, progress }) => (JSON.parse(input) as ImportInput).neededBytes * (1 - progress))
  return Math.ceil(left.reduce((sum, bytes) => sum + bytes, 0))
}
