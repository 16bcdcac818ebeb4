/** A service's driver and database with every call counted, in the hands of a process that may be killed at any of them. */
import type { Db } from '../../src/db/database.ts'
import type { Driver } from '../../src/drivers/driver.ts'
import { countedDatabase } from './counted-database.ts'
import { type Effects, Killed } from './effects.ts'
import { mortal } from './mortal.ts'

/** They ask, and change nothing. */
const questions: ReadonlySet<string> = new Set([
  'version',
  'inspect',
  'describe',
  'nvramBytes',
  'memory',
  'checkBridge',
  'findPort',
  'inspectImage',
  'measure',
  'readChain',
  'freeBytes',
] satisfies (keyof Driver)[])

export function counted(driver: Driver, db: Db, effects: Effects): { readonly driver: Driver; readonly db: Db } {
  const begun = new WeakMap<object, ReturnType<Effects['begin']>>()
  const { die, ...parts } = mortal(driver, countedDatabase(db, effects), async (name, when, call) => {
    if (name === 'close') return
    if (when === 'before') {
      begun.set(call, effects.begin({ port: 'driver', name, lasts: !questions.has(name) }))
      return
    }
    try {
      effects.over(begun.get(call) ?? { after: undefined })
    } catch (error) {
      // Whoever called is no more, and is never answered.
      if (!(error instanceof Killed)) throw error
    }
  })
  effects.onDeath(die)
  return parts
}
