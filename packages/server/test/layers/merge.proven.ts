import assert from 'node:assert/strict'
import { Collector } from '../../src/layers/collector.ts'
import { makeEngine, quiet } from '../support/engine.ts'
import type { OpenWorld, Proven } from '../support/operation-proofs.ts'
import { openSmallHost, type SmallHost } from '../support/small-host.ts'

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

async function collect({ db, memory }: SmallHost): Promise<void> {
  const { driver } = memory
  const collector = new Collector({ db, driver, now: Date.now, everyMs: 60_000, onMerges: () => {}, log: quiet })
  collector.wake()
  await collector.stop()
}

async function collectToTheEnd(host: SmallHost): Promise<void> {
  await collect(host)
  const engine = makeEngine(await host.kinds(), { db: host.db })
  await engine.start()
  for (const { id } of await merges(host)) {
    assert.equal((await engine.waitFor(id, 20_000))?.status, 'completed', 'the merge that comes after')
  }
  await engine.stop()
  await collect(host)
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
