import { DatabaseUnavailable } from '../unavailable.ts'

/** Where waiting or an operator helps. A stale snapshot is no such case: the transaction is run again. */
const unavailable = /^SQLITE_(BUSY(?!_SNAPSHOT)|FULL|IOERR|READONLY|CANTOPEN)/

export function orUnavailable<Value>(work: () => Value): Value {
  try {
    return work()
  } catch (error) {
    throw unavailable.test((error as { code?: string }).code ?? '') ? new DatabaseUnavailable(error) : error
  }
}
