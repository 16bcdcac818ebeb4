/**
 * Importing an image: a file that somebody has brought becomes a layer that servers can stand on, or is used where it
 * lies. Nobody has looked into it, so the driver does before any tool opens it, and again into what it has copied,
 * because the file may be another one by then.
 *
 *   inspect   what it is, and whether there is space for it
 *   copy      into a file of our own, durable; one that is used in place is only checked as a whole
 *   publish   in the database alone: servers can be made from it
 *
 * Deleting the image meanwhile cancels this; whatever was copied goes, and the file that it came from is never touched.
 */
import type { Db, Trx } from '../db/database.ts'
import { Failure } from '../errors.ts'
import { checkReserve } from '../layers/space.ts'
import { deletePrepared, readLayer } from '../layers/store.ts'
import type { OperationKind, StepContext } from '../operations/operation.ts'
import type { ImportDeps, ImportInput } from './request-import.ts'

interface ImportOutput {
  /** Of the disk in what was copied. */
  readonly sizeBytes: number
}

type Context = StepContext<ImportInput, ImportOutput>

export function importKind(db: Db, deps: ImportDeps): OperationKind<ImportInput, ImportOutput> {
  const { driver } = deps
  return {
    kind: 'image_import',
    deadlineMs: 6 * 3600_000,
    background: false,
    cancellable: true,
    steps: [
      {
        name: 'inspect',
        weight: 1,
        async run({ input }) {
          await driver.inspectImage(input.source)
          if (!input.source.inPlace) checkReserve(deps.reserveBytes, await driver.freeBytes(), input.neededBytes)
          return undefined
        },
        async unrecord(trx, { operation, input }) {
          await trx.updateTable('images').set({ layer_id: null }).where('id', '=', operation.imageId).execute()
          await deletePrepared(trx, [input.layerId])
        },
      },
      {
        name: 'copy',
        weight: 98,
        run: context => copy(db, deps, context),
        async record(trx, { input, output }) {
          await trx
            .updateTable('layers')
            .set({ size_bytes: output.sizeBytes as number })
            .where('id', '=', input.layerId)
            .execute()
        },
        async undo({ input }) {
          await driver.discardLayer(await readLayer(db, input.layerId))
          return undefined
        },
      },
      { name: 'publish', weight: 1, record: publish },
    ],
    async failed(trx, { operation }) {
      await trx.updateTable('images').set({ status: 'failed' }).where('id', '=', operation.imageId).execute()
    },
  }
}

/** Ends when the host runs short: what was free at the beginning may be taken by guests meanwhile. */
async function copy(db: Db, { driver, reserveBytes }: ImportDeps, context: Context): Promise<{ sizeBytes: number }> {
  const { input, signal, progress } = context
  const short = new AbortController()
  let isLooking = false
  const onProgress = (fraction: number) => {
    progress(fraction)
    if (isLooking || input.source.inPlace) return
    isLooking = true
    driver
      .freeBytes()
      .then(freeBytes => checkReserve(reserveBytes, freeBytes))
      .catch(error => {
        // A host that cannot be asked now is asked again at the next step of the way.
        if (error instanceof Failure) short.abort(error)
      })
      .finally(() => {
        isLooking = false
      })
  }
  const layer = await readLayer(db, input.layerId)
  return driver.importImage(layer, input.source, onProgress, AbortSignal.any([signal, short.signal]))
}

async function publish(trx: Trx, { operation, input }: Context): Promise<void> {
  await trx.updateTable('layers').set({ state: 'live' }).where('id', '=', input.layerId).execute()
  await trx.updateTable('images').set({ status: 'available' }).where('id', '=', operation.imageId).execute()
}
