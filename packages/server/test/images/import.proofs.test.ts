import assert from 'node:assert/strict'
import { inTransaction } from '../../src/db/database.ts'
import { requestImport } from '../../src/images/request-import.ts'
import { type OpenWorld, proveOperation } from '../support/operation-proofs.ts'
import { openSmallHost } from '../support/small-host.ts'

const PATH = '/srv/debian-12.raw'
const SIZE = 4 * 1024 * 1024
const blocks = new Map([
  [1, 7],
  [2, 8],
])

const openWith =
  (inPlace: boolean): OpenWorld =>
  async database => {
    const host = await openSmallHost(database)
    const { db, memory, accountId } = host
    memory.controls.putFile(PATH, { format: 'raw', sizeBytes: SIZE, blocks })
    const files = memory.controls.layerIds()
    let imageId = 0
    return {
      db,
      kind: 'image_import',
      kinds: host.kinds,
      request: async () => {
        const source = { path: PATH, format: 'raw', inPlace } as const
        const wanted = { accountId, name: 'proven', osName: 'Proven', hasCloudInit: true, source }
        // What was found before may be wrong by the time it is copied.
        const found = { sizeBytes: 512, allocatedBytes: 65_536, freeBytes: 1024 ** 3 }
        const made = await inTransaction(db, trx => requestImport(trx, host.deps, wanted, found))
        imageId = made.imageId
        return made.operationId
      },
      verify: async outcome => {
        await host.verify()
        const image = await db.selectFrom('images').selectAll().where('id', '=', imageId).executeTakeFirstOrThrow()
        if (outcome !== 'completed') {
          assert.deepEqual([image.status, image.layer_id], ['failed', null])
          assert.deepEqual(memory.controls.layerIds(), files)
          return
        }
        assert.equal(image.status, 'available')
        const layer = await db
          .selectFrom('layers')
          .selectAll()
          .where('id', '=', image.layer_id)
          .executeTakeFirstOrThrow()
        assert.deepEqual(
          [layer.state, layer.is_image, layer.size_bytes, layer.format, layer.file, layer.account_id],
          ['live', 1, SIZE, 'raw', inPlace ? PATH : null, null],
        )
        assert.deepEqual(memory.controls.contents(layer.id), blocks)
      },
      close: host.close,
    }
  }

await proveOperation('image_import, copied', openWith(false))
await proveOperation('image_import, used in place', openWith(true))
