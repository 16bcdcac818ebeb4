/**
 * Driver and database in the hands of a process that may die at any moment: from then on nothing that it calls has an
 * effect, and no call is ever answered. What a call had done before counts, and nobody hears of it.
 */
import type { Db } from '../../src/db/database.ts'
import type { Driver } from '../../src/drivers/driver.ts'

/**
 * Awaited before and after every call of the driver, so that other things happen in between. `call`: the same for both,
 * and no other's. What it throws becomes of the call.
 */
export type Pace = (method: string, when: 'before' | 'after', call: object) => Promise<void>

export interface Mortal {
  readonly driver: Driver
  readonly db: Db
  die(): void
}

const forever = () => new Promise<never>(() => {})

export function mortal(driver: Driver, db: Db, pace: Pace): Mortal {
  let isDead = false
  const wrapped: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(driver)) {
    if (typeof value !== 'function') wrapped[key] = value
    else if (key === 'pathOf') wrapped[key] = value
    else if (key === 'onEvent') {
      wrapped[key] = (listener: Parameters<Driver['onEvent']>[0]) =>
        driver.onEvent(event => {
          if (!isDead) listener(event)
        })
    } else {
      wrapped[key] = async (...args: unknown[]) => {
        const call = {}
        await pace(key, 'before', call)
        if (isDead) return forever()
        const outcome = await value(...args.map(arg => (arg instanceof AbortSignal ? untilDeath(arg) : arg))).then(
          (result: unknown) => ({ result }),
          (error: unknown) => ({ error }),
        )
        await pace(key, 'after', call)
        if (isDead) return forever()
        if ('error' in outcome) throw outcome.error
        return outcome.result
      }
    }
  }
  const database = new Proxy(db, {
    get(target, key) {
      if (isDead) throw new Error('this process is dead')
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return {
    driver: wrapped as unknown as Driver,
    db: database,
    die: () => {
      isDead = true
    },
  }

  /** The dead abort nothing. */
  function untilDeath(signal: AbortSignal): AbortSignal {
    const controller = new AbortController()
    const abort = () => {
      if (!isDead) controller.abort(signal.reason)
    }
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    return controller.signal
  }
}
