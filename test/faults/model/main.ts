/**
 * The seeded model test. `--seed S` plays the same sequences again: on SQLite to the last step, because nothing there
 * waits for anything but the test's own clock and its own event loop; on PostgreSQL with the same decisions, but the
 * answers of another process come when they come. There the trace of a failure is what there is.
 */
import fc from 'fast-check'
import { type DatabaseKind, databases } from '../../../packages/server/test/support/databases.ts'
import { makeCluster, postgresPrograms } from '../../support/postgres.ts'
import { type Cell, nothing, readPartOptions, report, type Tally } from '../tally.ts'
import { ownAgain } from './in-flight.ts'
import { type Outcome, play, sequence } from './sequence.ts'

/** How long sequences are begun, ms; and how many there are at least, however slow the host is. */
const limits = {
  full: { sqlite: 80_000, postgres: 50_000, fewest: 5 },
  quick: { sqlite: 5000, postgres: 3000, fewest: 1 },
} as const
/** Shortening what went wrong ends then. */
const SHRINK_MS = 30_000

export async function playAll(seed: number, isQuick: boolean): Promise<Tally> {
  const cells: Cell[] = []
  for (const on of databases) {
    if (on === 'postgres' && postgresPrograms() === undefined) continue
    const { runs, found } = await search(on, seed, limits[isQuick ? 'quick' : 'full'])
    console.log(`model [${on}]: ${runs.length} sequences, seed ${seed}`)
    for (const [n, { strikes }] of runs.entries()) {
      for (const strike of strikes) cells.push({ ...strike, at: `${strike.at} (sequence ${n + 1})`, on, lost: null })
      if (strikes.length === 0) cells.push({ fault: 'none', during: 'any', at: `sequence ${n + 1}`, on, lost: null })
    }
    if (!found) continue
    console.error(`${found.trace.join('\n')}\n${found.path}`)
    const strikes = found.strikes.length > 0 ? found.strikes : [{ fault: 'none', during: 'any', at: 'any moment' }]
    for (const strike of strikes) cells.push({ ...strike, on, lost: found.wrong ?? 'nobody knows' })
  }
  // What dies here is a service within this process: it does not count as a kill.
  return { ...nothing, cells }
}

async function search(
  on: DatabaseKind,
  seed: number,
  limit: (typeof limits)['full' | 'quick'],
): Promise<{ runs: Outcome[]; found: (Outcome & { path: string }) | null }> {
  const runs: Outcome[] = []
  const began = performance.now()
  let failedAt: number | null = null
  let last: Outcome | undefined
  const property = fc.asyncProperty(sequence, async one => {
    const since = performance.now()
    fc.pre(failedAt !== null || runs.length < limit.fewest || since - began < limit[on])
    // Shorter ones are no longer looked for: as if they were well.
    if (failedAt !== null && since - failedAt > SHRINK_MS) return
    const outcome = await play(on, one)
    if (outcome.wrong === null) {
      if (failedAt === null) runs.push(outcome)
      return
    }
    failedAt ??= performance.now()
    last = outcome
    throw new Error(outcome.wrong)
  })
  const details = await fc.check(property, { seed, numRuns: 5000, maxSkipsPerRun: 0 })
  if (!last) return { runs, found: null }
  return { runs, found: { ...last, path: `seed ${seed}, path ${details.counterexamplePath}` } }
}

if (import.meta.main) {
  const options = readPartOptions()
  const cluster = postgresPrograms() ? await makeCluster() : undefined
  if (cluster) process.env['TEST_POSTGRES'] ??= cluster.folder
  const tally = await playAll(options.seed, options.quick)
  const owned = options.quick ? [] : await ownAgain()
  await report({ ...tally, cells: [...tally.cells, ...owned] }, options)
  await cluster?.end()
}
