/** A table that becomes a card for each row where there is no room for columns. The roles stay, whatever CSS makes of it. */
import type { ReactNode } from 'react'
import css from './table.module.css'

export interface Column<Row> {
  readonly key: string
  readonly head: string
  readonly cell: (row: Row) => ReactNode
  /** Numbers stand at the end. */
  readonly isNumber?: boolean
  /** What the row is called: a card's title. One column of a table. */
  readonly isName?: boolean
  /** Buttons: their head is for screen readers alone. */
  readonly isActions?: boolean
}

interface TableProps<Row> {
  /** What it lists. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string | number
}

export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <table role="table" className={css['table']}>
      <caption className="away">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ key, head, isNumber, isActions }) => (
            <th key={key} role="columnheader" scope="col" data-number={isNumber}>
              {isActions ? <span className="away">{head}</span> : head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(row => (
          <tr key={keyOf(row)} role="row">
            {columns.map(column => (
              <Cell key={column.key} column={column} row={row} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Cell<Row>({ column, row }: { readonly column: Column<Row>; readonly row: Row }) {
  const { head, cell, isNumber, isName, isActions } = column
  const kind = isName ? 'name' : isActions ? 'actions' : undefined
  if (isName) {
    return (
      <th role="rowheader" scope="row" data-kind={kind}>
        {cell(row)}
      </th>
    )
  }
  return (
    <td role="cell" data-head={head} data-kind={kind} data-number={isNumber}>
      {cell(row)}
    </td>
  )
}
