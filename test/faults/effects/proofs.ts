/** The generic proofs of every kind of operation, each a cell: `npm test` runs most of them under their own names. */

import { globSync } from 'node:fs'
import path from 'node:path'
import type { DatabaseKind } from '../../../packages/server/test/support/databases.ts'
import { type Proven, proofsOn } from '../../../packages/server/test/support/operation-proofs.ts'
import type { Cell } from '../tally.ts'

const folder = path.resolve(import.meta.dirname, '../../../packages/server/test')

/** Whatever a `*.proven.ts` names. */
async function allProven(): Promise<Proven[]> {
  const files = globSync('*/*.proven.ts', { cwd: folder }).sort()
  const modules = await Promise.all(
    files.map(file => import(path.join(folder, file)) as Promise<{ proven: readonly Proven[] }>),
  )
  return modules.flatMap(({ proven }) => proven)
}

export interface ProofOptions {
  readonly random: () => number
  /** All of it, ms; in an order by chance, so that what there is no time for is any of them. */
  readonly ms: number
}

/** What was tried, and of how many. */
export async function proofCells(
  on: DatabaseKind,
  { random, ms }: ProofOptions,
): Promise<{ cells: Cell[]; planned: number }> {
  const until = performance.now() + ms
  const proofs: { during: string; what: string; prove: () => Promise<void>; order: number }[] = []
  for (const { name, open } of await allProven()) {
    for (const [what, prove] of Object.entries(await proofsOn(on, open))) {
      proofs.push({ during: name, what, prove, order: random() })
    }
  }
  const cells: Cell[] = []
  for (const { during, what, prove } of proofs.sort((a, b) => a.order - b.order)) {
    if (performance.now() > until) break
    const lost = await prove().then(
      () => null,
      (error: Error) => error.message,
    )
    // `STEP: FAULT`, or what becomes of every step.
    const [, step, fault] = /^([\w-]+): (.*)$/.exec(what) ?? [undefined, 'every step', what]
    cells.push({ fault: fault as string, during, at: step as string, on, lost })
  }
  return { cells, planned: proofs.length }
}
