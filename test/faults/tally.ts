/**
 * What a part of `npm run test:faults` has tried, and what came of it. Each part is a program of its own,
 * `test/faults/PART/main.ts`: it prints what it does, writes a tally to the file after `--tally` and exits with 1 when
 * anything was lost, missed or surprising. `--seed S` repeats its random decisions; `--quick` is the fixed, small part of
 * it that `npm test` runs.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'

/** One fault at one place of one operation, and everything verified afterwards. */
export interface Cell {
  /** By name, as the table in docs/reliability.md has it: `the reply is lost`, `the service is killed`, … */
  readonly fault: string
  /** What it came in the way of: a kind of operation, or what a person would call it. */
  readonly during: string
  /** Where in it: a step, the Nth effect by name, a moment. */
  readonly at: string
  readonly on: 'sqlite' | 'postgres' | 'qemu' | 'qemu and postgres'
  /** What was wrong afterwards; null: nothing. */
  readonly lost: string | null
}

export interface Tally {
  readonly cells: readonly Cell[]
  /** SIGKILLs of the service or of a QEMU. */
  readonly kills: number
  readonly mutants: readonly Mutant[]
  readonly badInputs: number
  /** A 5xx, a crash, or an effect that a bad input had: each told. */
  readonly surprises: readonly string[]
}

/** A bug that was planted. */
export interface Mutant {
  readonly name: string
  /** The test that failed with it; null: none did. */
  readonly caughtBy: string | null
}

export const nothing: Tally = { cells: [], kills: 0, mutants: [], badInputs: 0, surprises: [] }

export interface PartOptions {
  readonly seed: number
  readonly quick: boolean
  readonly tally: string | undefined
}

export function readPartOptions(): PartOptions {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, quick: { type: 'boolean', default: false }, tally: { type: 'string' } },
  })
  return { seed: Number(values.seed ?? Date.now() % 1_000_000), quick: values.quick, tally: values.tally }
}

/** Writes the tally, says what went wrong, and sets the exit code. */
export async function report(tally: Tally, { tally: file }: Pick<PartOptions, 'tally'>): Promise<void> {
  if (file !== undefined) await writeFile(file, JSON.stringify(tally))
  const wrong = [
    ...tally.cells
      .filter(cell => cell.lost !== null)
      .map(cell => `${cell.fault}, during ${cell.during}, at ${cell.at} [${cell.on}]: ${cell.lost}`),
    ...tally.mutants.filter(mutant => mutant.caughtBy === null).map(mutant => `not caught: ${mutant.name}`),
    ...tally.surprises,
  ]
  for (const line of wrong) console.error(`✖ ${line}`)
  const caught = tally.mutants.filter(mutant => mutant.caughtBy !== null).length
  console.log(
    `${tally.cells.length} cells, ${tally.kills} kills, ${caught}/${tally.mutants.length} mutants caught, ` +
      `${tally.badInputs} bad inputs; ${wrong.length} went wrong`,
  )
  if (wrong.length > 0) process.exitCode = 1
}
