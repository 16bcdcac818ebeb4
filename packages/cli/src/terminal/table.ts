/** Rows and columns for people. */
import { stripVTControlCharacters } from 'node:util'
import { heading } from './colour.ts'

export type Column<Row> = readonly [title: string, cell: (row: Row) => string | number | null | undefined]

/** One line a row, under the titles; `empty` where there is none. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], empty: string): string[] {
  if (rows.length === 0) return [empty]
  const titles = columns.map(([title]) => heading(title.toUpperCase()))
  return aligned([titles, ...rows.map(row => columns.map(([, cell]) => told(cell(row))))])
}

export type Field = readonly [name: string, value: string | number | null | undefined]

/** One line a field; what is not there is left away. */
export function fields(pairs: readonly Field[]): string[] {
  return aligned(pairs.flatMap(([name, value]) => (isTold(value) ? [[heading(name), told(value)]] : [])))
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))))
  return rows.map(row =>
    row
      .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  )
}

function widthOf(cell: string): number {
  return [...stripVTControlCharacters(cell)].length
}

function told(value: string | number | null | undefined): string {
  return isTold(value) ? String(value) : '-'
}

function isTold(value: string | number | null | undefined): value is string | number {
  return value !== null && value !== undefined && value !== ''
}
