import assert from 'node:assert/strict'
import type { OpenWorld, Proven } from '../support/operation-proofs.ts'
import { openSmallHost, type SmallHost } from '../support/small-host.ts'
import { collect, collectToTheEnd } from '../support/small-host-at-work.ts'

export const openWith =
  (isRunning: boolean): OpenWorld =>
  async database => {
    const host = await openSmallHost(database)
    const { db, memory, serverId } = host
    if (!isRunning) await memory.driver.halt(serverId)
    const before = await host.content()
    let garbage = 0
    return {
      db,
      kind: 'merge',
      kinds: host.kinds,
      // Both disks have one to merge; this is the first of them.
      request: async () => {
        await collect(host)
        const [first, second] = await merges(host)
        assert.ok(first && second)
        await db.deleteFrom('operations').where('id', '=', second.id).execute()
        garbage = (JSON.parse(first.input) as { garbage: number }).garbage
        return first.id
      },
      verify: async outcome => {
        // Before anything is put right: whatever became of it, no content may hang on a cache.
        if (isRunning) memory.controls.crash(serverId)
        assert.deepEqual(await host.content(), before, 'what the disks hold')
        // Nobody asks for a merge again; garbage collection finds what a failed one has left, and ends it.
        if (outcome === 'failed') await collectToTheEnd(host)
        await host.verify()
        assert.deepEqual(await host.content(), before, 'what the disks hold in the end')
        assert.equal(memory.controls.layerIds().includes(garbage), false)
      },
      close: host.close,
    }
  }

function merges({ db }: SmallHost) {
  return db
    .selectFrom('operations')
    .selectAll()
    .where('kind', '=', 'merge')
    .where('ended_at', 'is', null)
    .orderBy('id')
    .execute()
}

export const proven: readonly Proven[] = [
  { name: 'merge, server running', open: openWith(true) },
  // The database sees the same of both.
  { name: 'merge, server stopped', open: openWith(false), on: ['sqlite'] },
]
