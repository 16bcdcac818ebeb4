/** Importing an image: copied in, and used where it lies. */
import assert from 'node:assert/strict'
import { inTransaction } from '../../../../packages/server/src/db/database.ts'
import { requestImport } from '../../../../packages/server/src/images/request-import.ts'
import type { Scenario, Story } from '../attempt.ts'
import type { Hands, World } from '../world.ts'
import { headsOf, refusedWith } from './support.ts'

const BLOCKS = new Map([
  [1, 7],
  [2, 8],
])

const imports =
  (inPlace: boolean) =>
  async (world: World): Promise<Story> => {
    const { accountId } = world
    const path = await world.bring(BLOCKS)
    const images = () => world.db.selectFrom('images').selectAll().orderBy('id').execute()
    const known = (await images()).length
    const before = await headsOf(world)
    const source = { path, format: 'raw', inPlace } as const
    const request = async ({ db, driver }: Hands) => {
      const found = { ...(await driver.inspectImage(source)), freeBytes: await driver.freeBytes() }
      const wanted = { accountId, name: 'brought', osName: 'Brought', hasCloudInit: true, source }
      await inTransaction(db, trx => requestImport(trx, world.deps, wanted, found))
    }
    return {
      request,
      verify: async outcome => {
        assert.deepEqual(await headsOf(world), before, 'what the guest beside it reads')
        const all = await images()
        if (outcome === 'absent') return assert.equal(all.length, known)
        const image = all.at(-1)
        assert.equal(image?.status, outcome === 'completed' ? 'available' : 'failed')
        if (outcome !== 'completed') return
        assert.deepEqual(await world.contents(image?.layer_id as number), BLOCKS, 'what it holds')
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
