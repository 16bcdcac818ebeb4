/** What every part of a guard works with. */
import { randomBytes } from 'node:crypto'
import type { Connected } from '../context.ts'
import { openBar } from '../terminal/bar.ts'
import { cleaned } from '../terminal/clean.ts'
import { OUTAGE_MS } from './insist.ts'
import type { Interrupts } from './interrupts.ts'
import type { JournalFile } from './journal.ts'

export interface Hands {
  readonly connected: Connected
  readonly file: JournalFile
  readonly interrupts: Interrupts
}

export function newKey(): string {
  return randomBytes(16).toString('hex')
}

/** How it goes, for whoever looks on. */
export function say(...lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${cleaned(line)}\n`)
}

/** With a bar, to its end, through restarts of the service. @throws what `waitFor` throws. */
export async function follow({ connected }: Pick<Hands, 'connected'>, operationId: number, signal?: AbortSignal) {
  const { restpoint, scope } = connected
  const bar = openBar()
  try {
    const how = { onProgress: bar.show, outageMs: OUTAGE_MS, signal, ...scope }
    return await restpoint.waitFor(operationId, how)
  } finally {
    bar.close()
  }
}
