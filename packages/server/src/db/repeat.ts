/** Transactions that were in each other's way are run again, and not for ever. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Gate } from './gate.ts'
import { DatabaseUnavailable } from './unavailable.ts'

/** Serialization failure and deadlock of PostgreSQL; SQLite's, where another process has written since our first read. */
const conflicts = new Set(['40001', '40P01', 'SQLITE_BUSY_SNAPSHOT'])
const CONFLICT_TRIES = 20

/**
 * PostgreSQL's, also where two that ran at once have each looked whether it was there: run again, the one that lost
 * finds it, and says so in its own words. Where that does not help, it is what it seems to be.
 */
const UNIQUE_VIOLATION = '23505'
const UNIQUE_TRIES = 3

const LONGEST_PAUSE_MS = 200

/** One for each database. */
const gates = new WeakMap<object, Gate>()

/**
 * The first try is made together with others. Every further one is made alone: with them it might be in somebody's way
 * again, and again. Only another process can be in its way then.
 */
export async function repeatedly<Value>(database: object, transaction: () => Promise<Value>): Promise<Value> {
  const gate = gates.get(database) ?? new Gate()
  gates.set(database, gate)
  for (let attempt = 1; ; attempt++) {
    try {
      return await gate.pass(attempt > 1, transaction)
    } catch (error) {
      const code = (error as { code?: string }).code ?? ''
      if (!conflicts.has(code) && code !== UNIQUE_VIOLATION) throw error
      if (code === UNIQUE_VIOLATION && attempt >= UNIQUE_TRIES) throw error
      if (attempt >= CONFLICT_TRIES) throw new DatabaseUnavailable(error)
    }
    // At random, so that those who met do not meet again.
    if (attempt > 1) await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 5 * 2 ** attempt))
  }
}
