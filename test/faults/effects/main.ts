/**
 * Every side effect of every operation, spoilt: in memory on both databases, and on real QEMU; and the generic proofs of
 * each kind, on both databases. Ends within thirteen minutes: what there is no time for is told, and which of it that is,
 * is chance, from the seed.
 */
import { databases, unlessThere } from '../../../packages/server/test/support/databases.ts'
import { type Cell, nothing, readPartOptions, report } from '../tally.ts'
import { type Result, randomOf } from './loop.ts'
import { memoryPlace } from './memory/world.ts'
import { effectsPart, quickly } from './part.ts'
import { proofCells } from './proofs.ts'
import { openQemuPlace } from './qemu/place.ts'
import { fewQemuScenarios, qemuScenarios } from './qemu/scenarios.ts'
import { scenarios } from './scenarios.ts'

/** The last of them ends a little later than its time is up. */
const SECONDS = { loop: { sqlite: 190, postgres: 140, qemu: 300 }, proofs: { sqlite: 60, postgres: 60 } } as const

const options = readPartOptions()
const random = randomOf(options.seed)
const cells: Cell[] = []
console.log(`seed ${options.seed}`)

for (const on of databases) {
  const { skip } = unlessThere(on)
  if (skip) {
    console.log(`${on}: ${skip}`)
    continue
  }
  const share = options.quick ? quickly[on] : { ms: SECONDS.loop[on] * 1000 }
  const results = await effectsPart(memoryPlace(on), scenarios, { random, atOnce: 4, say: tell, ...share })
  cells.push(...results.flatMap(result => result.cells))
  if (options.quick) continue
  const proofs = await proofCells(on, { random, ms: SECONDS.proofs[on] * 1000 })
  console.log(`operation proofs [${on}]: ${proofs.cells.length} of ${proofs.planned}`)
  cells.push(...proofs.cells)
}

const qemu = await openQemuPlace()
try {
  const share = options.quick ? quickly.qemu : { ms: SECONDS.loop.qemu * 1000 }
  const chosen = options.quick ? fewQemuScenarios : qemuScenarios
  const results = await effectsPart(qemu, chosen, { random, atOnce: 2, say: tell, ...share })
  cells.push(...results.flatMap(result => result.cells))
} finally {
  await qemu.close()
}

await report({ ...nothing, cells }, options)

function tell({ during, on, effects, planned, cells }: Result): void {
  console.log(`${during} [${on}]: ${effects} side effects; ${cells.length} of ${planned} faults tried`)
}
