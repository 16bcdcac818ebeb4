/** docs/reliability.md: its tables, as they were measured. The words around them are written by people. */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { hostFacts } from '../distro/host.ts'
import type { Cell, Tally } from './tally.ts'

export const pageFile = path.resolve(import.meta.dirname, '../../docs/reliability.md')
const BEGIN = '<!-- measured: begin -->'
const END = '<!-- measured: end -->'

export async function writePage(tally: Tally, run: { readonly seed: string; readonly minutes: number }): Promise<void> {
  const page = await readFile(pageFile, 'utf8')
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error(`${pageFile} lacks ${BEGIN} and ${END}`)
  await writeFile(pageFile, `${before}${BEGIN}\n\n${await measured(tally, run)}\n\n${END}${after}`)
}

async function measured(tally: Tally, { seed, minutes }: { readonly seed: string; readonly minutes: number }) {
  const { system, machine, qemu } = await hostFacts()
  const lost = tally.cells.filter(cell => cell.lost !== null).length
  const caught = tally.mutants.filter(mutant => mutant.caughtBy !== null).length
  const day = new Date().toISOString().slice(0, 10)
  return [
    `On ${day}, in ${Math.round(minutes)} minutes, seed ${seed}; ${system}, QEMU ${qemu}, ${machine}.`,
    table(
      ['Tried', 'Lost, missed or surprising'],
      [
        [`${tally.cells.length} faults, everything verified after each`, `${lost} lost something`],
        [`${tally.kills} kills at random moments, on one state folder`, `${lost === 0 ? 0 : 'see above'}`],
        [`${tally.mutants.length} bugs planted in our guards`, `${tally.mutants.length - caught} not caught`],
        [`${tally.badInputs} bad inputs`, `${tally.surprises.length} surprises (a 5xx, a crash, an effect)`],
      ],
    ),
    '### Fault by fault',
    faults(tally.cells),
    '### Planted bugs',
    table(
      ['Bug', 'Caught by'],
      tally.mutants.map(({ name, caughtBy }) => [name, caughtBy ?? '**nothing**']),
    ),
  ].join('\n\n')
}

/** A row a fault and what it came in the way of. */
function faults(cells: readonly Cell[]): string {
  const rows = new Map<string, { fault: string; during: Set<string>; on: Set<string>; cells: number; lost: number }>()
  for (const { fault, during, on, lost } of cells) {
    const row = rows.get(fault) ?? { fault, during: new Set(), on: new Set(), cells: 0, lost: 0 }
    row.during.add(during)
    row.on.add(on)
    row.cells++
    if (lost !== null) row.lost++
    rows.set(fault, row)
  }
  return table(
    ['Fault', 'During', 'On', 'Tried', 'Lost'],
    [...rows.values()].map(({ fault, during, on, cells, lost }) => [
      fault,
      during.size > 12 ? `${during.size} situations` : [...during].join(', '),
      [...on].join(', '),
      String(cells),
      String(lost),
    ]),
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  // A failure tells more than fits into a cell: its first line says which test it was.
  const first = (cell: string) => (cell.split('\n', 1)[0] ?? '').replace(/:\s*$/, '')
  const line = (cells: readonly string[]) => `| ${cells.map(cell => first(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
