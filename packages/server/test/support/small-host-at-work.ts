/** What a service does on a small host, to its end. */
import assert from 'node:assert/strict'
import { Collector } from '../../src/layers/collector.ts'
import { makeEngine, quiet } from './engine.ts'
import type { SmallHost } from './small-host.ts'

/** Operations that must complete, by an engine of its own. */
export async function finish(host: SmallHost, ids: readonly number[], now: () => number = Date.now): Promise<void> {
  const engine = makeEngine(await host.kinds(), { db: host.db, now })
  await engine.start()
  for (const id of ids) {
    const row = await engine.waitFor(id, 20_000)
    assert.equal(row?.status, 'completed', `${row?.kind}: ${row?.error_detail}`)
  }
  await engine.stop()
}

/** What is found to be merged is queued. */
export async function collect({ db, memory }: SmallHost): Promise<void> {
  const { driver } = memory
  const collector = new Collector({ db, driver, now: Date.now, everyMs: 60_000, onMerges: () => {}, log: quiet })
  collector.wake()
  await collector.stop()
}

/** Until nothing is garbage any more that could go. */
export async function collectToTheEnd(host: SmallHost): Promise<void> {
  await collect(host)
  const merges = await host.db.selectFrom('operations').select('id').where('ended_at', 'is', null).execute()
  if (merges.length === 0) return
  await finish(
    host,
    merges.map(({ id }) => id),
  )
  await collectToTheEnd(host)
}
