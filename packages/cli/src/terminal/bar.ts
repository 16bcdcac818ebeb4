/** How far an operation is, in one line of the terminal that is written over and is gone at the end. */
import type { Operation } from '@restpoint/sdk/source'
import { kindInWords, stepInWords } from '../words.ts'
import { cleaned } from './clean.ts'

export interface Bar {
  show(operation: Operation): void
  close(): void
}

type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>

const CELLS = 24
const CLEAR_TO_END = '\x1b[K'

/** On a terminal; elsewhere it says nothing. */
export function openBar(stream: Terminal = process.stderr): Bar {
  if (!stream.isTTY || process.env['TERM'] === 'dumb') return { show: () => {}, close: () => {} }
  let isShown = false
  return {
    show: operation => {
      isShown = true
      stream.write(`\r${barLine(cleaned(operation), stream.columns || 80)}${CLEAR_TO_END}`)
    },
    close: () => {
      if (isShown) stream.write(`\r${CLEAR_TO_END}`)
      isShown = false
    },
  }
}

/** No longer than the terminal is wide: a line that wraps could not be written over. */
export function barLine({ kind, status, step, waits_for, progress, server }: Operation, columns: number): string {
  const full = Math.floor(progress * CELLS)
  const percent = `${Math.floor(progress * 100)}%`.padStart(4)
  const what = server ? `${kindInWords(kind)} ${server.name}` : kindInWords(kind)
  const doing = waits_for ? `waits for: ${waits_for}` : status === 'queued' ? 'queued' : stepInWords(kind, step)
  return `[${'#'.repeat(full)}${'.'.repeat(CELLS - full)}]${percent}  ${what}: ${doing}`.slice(0, columns - 1)
}
