import type { Trx } from '../db/database.ts'
import { Failure } from '../errors.ts'

/** Transactions that only rehearse → what has refused them so far. */
const rehearsals = new WeakMap<Trx, Failure[]>()

/**
 * Something stands in the way of a request. In earnest that is its end: the failure is thrown. A rehearsal goes on, so
 * that whoever asks hears of everything at once; nothing of it is kept. For what nothing could go on without, throw.
 */
export function refuse(trx: Trx, failure: Failure): void {
  const found = rehearsals.get(trx)
  if (!found) throw failure
  found.push(failure)
}

/** The same for a check that throws, as those do that steps of operations make as well. */
export async function refuseIf(trx: Trx, check: () => void | Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    refuse(trx, error)
  }
}

/** From now on this transaction only rehearses. Whoever begins that takes it back. */
export function beginRehearsal(trx: Trx): readonly Failure[] {
  const found: Failure[] = []
  rehearsals.set(trx, found)
  return found
}
