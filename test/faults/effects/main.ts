/**
 * Every side effect of every operation, spoilt: in memory on both databases, on real QEMU, and the generic proofs. Ends
 * within eight minutes: what there was no time for is told, and which of it is chance, from the seed.
 */

import { databases, unlessThere } from '../../../packages/server/test/support/databases.ts'
import type { Cell } from '../tally.ts'
import { nothing, readPartOptions, report } from '../tally.ts'
import { type Result, randomOf } from './loop.ts'
import { memoryPart } from './memory/part.ts'

const SECONDS = { sqlite: 180, postgres: 130 } as const
const QUICK = { sqlite: 4, postgres: 1 } as const

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
  const most = options.quick ? { most: QUICK[on] } : {}
  const results = await memoryPart(on, { random, atOnce: 4, ms: SECONDS[on] * 1000, say: tell, ...most })
  cells.push(...results.flatMap(result => result.cells))
}

await report({ ...nothing, cells }, options)

function tell({ during, on, effects, planned, cells }: Result): void {
  const left = planned - cells.length
  console.log(
    `${during} [${on}]: ${effects} side effects; ${cells.length} faults tried${left > 0 ? `, ${left} not` : ''}`,
  )
}
