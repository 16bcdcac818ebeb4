/** The parts that run behind the API, wired to one driver and one database; `main.ts` and tests start it. */
import type { Logger } from 'pino'
import type { Db } from './db/database.ts'
import type { Driver } from './drivers/driver.ts'
import { Collector } from './layers/collector.ts'
import { Hastener } from './layers/hasten.ts'
import { mergeKind } from './layers/merge.ts'
import { Engine } from './operations/engine.ts'
import { powerKinds } from './servers/power.ts'
import { Watcher } from './servers/watch.ts'
import { createKind } from './snapshots/create.ts'
import type { SnapshotDeps } from './snapshots/request-create.ts'
import { restoreKinds } from './snapshots/restore.ts'

export interface ServiceOptions extends Omit<SnapshotDeps, 'driver'> {
  readonly db: Db
  readonly driver: Driver
  readonly stopGraceMs: number
  readonly log: Logger
}

export interface Service {
  readonly engine: Engine
  readonly collector: Collector
  /** Adopts what runs, takes up what was under way, then goes on by itself. */
  start(): Promise<void>
  /** Servers run on. */
  stop(): Promise<void>
}

const LEASE_MS = 30_000
const LOOK_EVERY_MS = 30_000

export function buildService(options: ServiceOptions): Service {
  const { db, driver, now, log } = options
  const engine = new Engine({
    db,
    now,
    log,
    leaseMs: LEASE_MS,
    pollMs: 1000,
    limit: 32,
    backgroundLimit: 2,
    backoffMs: attempt => 100 * 2 ** Math.min(attempt, 6),
    kinds: [
      createKind(db, options),
      ...restoreKinds(db, options),
      ...powerKinds(db, options),
      mergeKind(db, driver),
    ] as ConstructorParameters<typeof Engine>[0]['kinds'],
  })
  const collector = new Collector({ db, driver, now, log, everyMs: LOOK_EVERY_MS, onMerges: () => engine.wake() })
  const hastener = new Hastener({ db, driver, log, onDue: () => engine.wake() })
  const watcher = new Watcher(db, driver, now, log)
  engine.onEnd(({ serverId }) => {
    if (serverId !== null) watcher.look(serverId)
    collector.wake()
  })
  return {
    engine,
    collector,
    async start() {
      const servers = await db.selectFrom('servers').select('id').execute()
      await driver.adopt(servers.map(server => server.id))
      await engine.start()
      await watcher.start(LOOK_EVERY_MS)
      collector.start()
      hastener.start()
    },
    async stop() {
      await hastener.stop()
      await collector.stop()
      await engine.stop()
      await watcher.stop()
    },
  }
}
