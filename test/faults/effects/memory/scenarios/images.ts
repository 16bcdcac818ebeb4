/** Importing an image: copied in, and used where it lies. */
import assert from 'node:assert/strict'
import { inTransaction } from '../../../../../packages/server/src/db/database.ts'
import { requestImport } from '../../../../../packages/server/src/images/request-import.ts'
import type { SmallHost } from '../../../../../packages/server/test/support/small-host.ts'
import type { Scenario, Story } from '../attempt.ts'
import type { Hands } from '../service.ts'
import { refusedWith } from './support.ts'

const PATH = '/srv/debian-12.raw'
const BLOCKS = new Map([
  [1, 7],
  [2, 8],
])

const imports =
  (inPlace: boolean) =>
  async (host: SmallHost): Promise<Story> => {
    const { memory, accountId } = host
    memory.controls.putFile(PATH, { format: 'raw', sizeBytes: 4 * 1024 * 1024, blocks: BLOCKS })
    const images = () => host.db.selectFrom('images').selectAll().orderBy('id').execute()
    const known = (await images()).length
    const before = await host.content()
    const source = { path: PATH, format: 'raw', inPlace } as const
    const request = async ({ db, driver }: Hands) => {
      const found = { ...(await driver.inspectImage(source)), freeBytes: await driver.freeBytes() }
      const wanted = { accountId, name: 'brought', osName: 'Brought', hasCloudInit: true, source }
      await inTransaction(db, trx => requestImport(trx, host.deps, wanted, found))
    }
    return {
      request,
      verify: async outcome => {
        assert.deepEqual(await host.content(), before, 'what the guest beside it reads')
        const all = await images()
        if (outcome === 'absent') return assert.equal(all.length, known)
        const image = all.at(-1)
        assert.equal(image?.status, outcome === 'completed' ? 'available' : 'failed')
        if (outcome !== 'completed') return
        assert.deepEqual(memory.controls.contents(image?.layer_id as number), BLOCKS, 'what it holds')
      },
      again: async (hands, outcome) => {
        if (inPlace && outcome === 'completed') await refusedWith('image_rejected', () => request(hands))
        else await request(hands)
      },
    }
  }

export const imageScenarios: readonly Scenario[] = [
  { during: 'image_import, copied', kind: 'image_import', open: imports(false) },
  { during: 'image_import, used in place', kind: 'image_import', open: imports(true) },
]
