import { NVRAM_BYTES } from '../../src/drivers/memory/firmware.ts'
import { readOffer } from '../../src/servers/offer.ts'
import { requestCreate } from '../../src/servers/request-create.ts'
import type { OpenWorld, Proven } from '../support/operation-proofs.ts'
import { openSmallHost } from '../support/small-host.ts'
import { makingWorld, wish } from './making-world.ts'

const open: OpenWorld = async database => {
  const host = await openSmallHost(database)
  const { db, memory, accountId } = host
  const image = await db.selectFrom('images').select(['id', 'layer_id']).executeTakeFirstOrThrow()
  const wanted = { ...wish, accountId, imageId: image.id, firmware: 'uefi', disksGb: [1] } as const
  const offer = await readOffer(db, memory.driver, wanted)
  await memory.driver.createNvram({ id: 1000, sizeBytes: NVRAM_BYTES, format: 'qcow2', isImage: false, file: null })
  const pristine = memory.controls.contents(1000)
  await memory.driver.discardLayer({ id: 1000, sizeBytes: 0, format: 'qcow2', isImage: false, file: null })
  return makingWorld(host, {
    kind: 'server_create',
    request: trx => requestCreate(trx, host.deps, wanted, offer),
    content: { 0: memory.controls.contents(image.layer_id as number), 1: new Map(), 2: pristine },
  })
}

export const proven: readonly Proven[] = [{ name: 'server_create', open }]
