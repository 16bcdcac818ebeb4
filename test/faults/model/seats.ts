/**
 * Making the API takes longer than a whole life of a service here may last, so one that has answered all its requests is
 * used again, by another service. One with a request that hangs in the dead is not: that would act for the living.
 */
import { type AppDeps, buildApp } from '../../../packages/server/src/app.ts'
import type { Db } from '../../../packages/server/src/db/database.ts'
import type { Driver } from '../../../packages/server/src/drivers/driver.ts'
import { Feed } from '../../../packages/server/src/events/feed.ts'
import type { App } from '../../../packages/server/src/http/deps.ts'
import { quiet } from '../../../packages/server/test/support/engine.ts'

export type Parts = Omit<AppDeps, 'feed' | 'log' | 'ready' | 'wakeRecorder'>

export interface Seat {
  readonly app: App
  parts: Parts
}

const free: Seat[] = []

/** `mayBeUsed`: or made for it alone. What is compiled for one kind of database is nothing to the other. */
export async function takeSeat(parts: Parts, mayBeUsed: boolean): Promise<Seat> {
  const known = mayBeUsed ? free.pop() : undefined
  if (known) {
    known.parts = parts
    return known
  }
  const seat: { app?: App; parts: Parts } = { parts }
  const whoever = <Key extends 'db' | 'driver'>(key: Key): Parts[Key] =>
    new Proxy({} as (Db & Driver) & Parts[Key], { get: (_, name) => Reflect.get(seat.parts[key], name) })
  const db = whoever('db')
  const now = () => seat.parts.now()
  seat.app = await buildApp({
    db,
    driver: whoever('driver'),
    // Nobody watches here.
    feed: new Feed({ db, now, log: quiet }),
    now,
    log: false,
    config: parts.config,
    engine: {
      wake: () => seat.parts.engine.wake(),
      cancel: id => seat.parts.engine.cancel(id),
      waitFor: (id, timeoutMs) => seat.parts.engine.waitFor(id, timeoutMs),
    },
    followCable: id => seat.parts.followCable(id),
    wakeCollector: () => seat.parts.wakeCollector(),
    wakeRecorder: () => {},
    ready: async () => ({ ok: true, checks: {} }),
  })
  return seat as Seat
}

export function giveSeatBack(seat: Seat): void {
  free.push(seat)
}
