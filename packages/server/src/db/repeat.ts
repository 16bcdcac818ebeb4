/** Transactions that were in each other's way are run again, and not for ever. */
import { setTimeout as sleep } from 'node:timers/promises'
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

export async function repeatedly<Value>(transaction: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction()
    } catch (error) {
      const code = (error as { code?: string }).code ?? ''
      if (!conflicts.has(code) && code !== UNIQUE_VIOLATION) throw error
      if (code === UNIQUE_VIOLATION && attempt >= UNIQUE_TRIES) throw error
      if (attempt >= CONFLICT_TRIES) throw new DatabaseUnavailable(error)
    }
    // At random, so that those who met do not meet again.
    await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 5 * 2 ** attempt))
  }
}
