import assert from 'node:assert/strict'
import { inTransaction } from '../../src/db/database.ts'
import { openMemory } from '../../src/drivers/memory/controls.ts'
import { importKind } from '../../src/images/import.ts'
import { requestImport } from '../../src/images/request-import.ts'
import { liveLeases } from '../../src/layers/store.ts'
import { openTestDatabase } from '../support/database.ts'
import type { AnyKind } from '../support/engine.ts'
import type { OpenWorld, Proven } from '../support/operation-proofs.ts'

const PATH = '/srv/debian-12.raw'
const SIZE = 4 * 1024 * 1024
const blocks = new Map([
  [1, 7],
  [2, 8],
])
const deps = { now: Date.now, reserveBytes: 0 }

const openWith =
  (inPlace: boolean): OpenWorld =>
  async database => {
    const { db, accountId, close } = await openTestDatabase(database, { inMemory: true })
    const memory = openMemory()
    memory.controls.putFile(PATH, { format: 'raw', sizeBytes: SIZE, blocks })
    let imageId = 0
    return {
      db,
      kind: 'image_import',
      kinds: () => [importKind(db, { ...deps, driver: memory.reopen() }) as AnyKind],
      request: async () => {
        const source = { path: PATH, format: 'raw', inPlace } as const
        const wanted = { accountId, name: 'proven', osName: 'Proven', hasCloudInit: true, source }
        // What was found before may be wrong by the time it is copied.
        const found = { sizeBytes: 512, allocatedBytes: 65_536, freeBytes: 1024 ** 3 }
        const made = await inTransaction(db, trx => requestImport(trx, deps, wanted, found))
        imageId = made.imageId
        return made.operationId
      },
      verify: async outcome => {
        assert.deepEqual(await liveLeases(db).selectAll().execute(), [])
        const image = await db.selectFrom('images').selectAll().where('id', '=', imageId).executeTakeFirstOrThrow()
        const layers = await db.selectFrom('layers').selectAll().execute()
        assert.deepEqual(
          memory.controls.layerIds(),
          layers.map(({ id }) => id),
          'files and rows',
        )
        if (outcome !== 'completed') {
          assert.deepEqual([image.status, image.layer_id, layers], ['failed', null, []])
          return
        }
        const [layer] = layers
        assert.ok(layer && layers.length === 1)
        assert.deepEqual([image.status, image.layer_id], ['available', layer.id])
        assert.deepEqual(
          [layer.state, layer.is_image, layer.size_bytes, layer.format, layer.file, layer.account_id],
          ['live', 1, SIZE, 'raw', inPlace ? PATH : null, null],
        )
        assert.deepEqual(memory.controls.contents(layer.id), blocks)
      },
      close: async () => {
        await memory.driver.close()
        await close()
      },
    }
  }

export const proven: readonly Proven[] = [
  { name: 'image_import, copied', open: openWith(false) },
  // The database sees the same of both.
  { name: 'image_import, used in place', open: openWith(true), on: ['sqlite'] },
]
