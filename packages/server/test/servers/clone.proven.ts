import { inTransaction } from '../../src/db/database.ts'
import { readOffer } from '../../src/servers/offer.ts'
import { requestClone } from '../../src/servers/request-clone.ts'
import { requestDelete } from '../../src/snapshots/delete.ts'
import { deepenSnapshot } from '../support/deepen.ts'
import type { OpenWorld, Proven } from '../support/operation-proofs.ts'
import { openSmallHost, type SmallHost } from '../support/small-host.ts'
import { collect } from '../support/small-host-at-work.ts'
import { makingWorld, wish } from './making-world.ts'

/** The snapshot goes in the very moment in which the clone was asked for, and garbage collection comes by. */
export const openWith =
  (
    prepare: (host: SmallHost, snapshotId: number) => Promise<unknown>,
    tamper: (host: SmallHost, operationId: number) => Promise<unknown> = async () => {},
  ): OpenWorld =>
  async database => {
    const host = await openSmallHost(database)
    const { db, memory, accountId, serverId } = host
    const [snapshotId] = host.snapshotIds
    await prepare(host, snapshotId)
    const sources = await db.selectFrom('snapshot_layers').selectAll().where('snapshot_id', '=', snapshotId).execute()
    const { plan, ...rest } = wish
    const wanted = { ...rest, plan: { ...plan, storageGb: null }, accountId, serverId, snapshotId }
    const offer = await readOffer(db, memory.driver, wanted)
    return makingWorld(host, {
      kind: 'server_clone',
      request: trx => requestClone(trx, host.deps, wanted, offer, 0),
      content: host.held(sources),
      meanwhile: async operationId => {
        await tamper(host, operationId)
        await inTransaction(db, trx => requestDelete(trx, host.deps, { accountId, snapshotId }))
        await collect(host)
        // How merges and what needs their layers get along is proven elsewhere.
        await db.deleteFrom('operations').where('kind', '=', 'merge').execute()
      },
    })
  }

/** Its first disk stands on so many layers that no further one may come; and nothing else stands on them. */
export const deepen = ({ db, memory }: SmallHost, snapshotId: number) => deepenSnapshot(db, memory.driver, snapshotId)

// On PostgreSQL as well: server_create, which is the same but for what the layers stand on.
export const proven: readonly Proven[] = [
  { name: 'server_clone', open: openWith(async () => {}), on: ['sqlite'] },
  { name: 'server_clone of a chain at its limit', open: openWith(deepen), on: ['sqlite'] },
]
