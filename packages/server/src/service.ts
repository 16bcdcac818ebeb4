/** The parts that run behind the API, wired to one driver and one database; `main.ts` and tests start it. */
import type { Logger } from 'pino'
import type { Db } from './db/database.ts'
import type { Driver } from './drivers/driver.ts'
import { importKind } from './images/import.ts'
import { Collector } from './layers/collector.ts'
import { Hastener } from './layers/hasten.ts'
import { mergeKind } from './layers/merge.ts'
import { Engine } from './operations/engine.ts'
import { Addresses } from './servers/addresses.ts'
import { startAgain } from './servers/autostart.ts'
import { Cables } from './servers/cable.ts'
import { makingKinds } from './servers/create.ts'
import { deletionKind } from './servers/delete.ts'
import { powerKinds } from './servers/power.ts'
import { liveServers } from './servers/store.ts'
import { Watcher } from './servers/watch.ts'
import { createKind } from './snapshots/create.ts'
import type { SnapshotDeps } from './snapshots/request-create.ts'
import { restoreKinds } from './snapshots/restore.ts'

export interface ServiceOptions extends Omit<SnapshotDeps, 'driver'> {
  readonly db: Db
  readonly driver: Driver
  readonly stopGraceMs: number
  /** Whether operations may be taken up now; always, where it is not said. */
  readonly mayClaim?: () => boolean
  readonly log: Logger
}

export interface Service {
  readonly engine: Engine
  readonly collector: Collector
  readonly cables: Cables
  /** Adopts what runs, takes up what was under way, then goes on by itself. */
  start(): Promise<void>
  /** Now, and not only when it is time again. */
  lookAtServers(): Promise<void>
  /** Servers run on. */
  stop(): Promise<void>
}

const LEASE_MS = 30_000
const LOOK_EVERY_MS = 30_000

export function buildService(options: ServiceOptions): Service {
  const { db, driver, now, log, mayClaim } = options
  const engine = new Engine({
    db,
    now,
    log,
    leaseMs: LEASE_MS,
    pollMs: 1000,
    limit: 32,
    backgroundLimit: 2,
    ...(mayClaim ? { mayClaim } : {}),
    backoffMs: attempt => 100 * 2 ** Math.min(attempt, 6),
    kinds: [
      createKind(db, options),
      ...restoreKinds(db, options),
      ...powerKinds(db, options),
      ...makingKinds(db, options),
      deletionKind(options),
      importKind(db, options),
      mergeKind(db, driver),
    ] as ConstructorParameters<typeof Engine>[0]['kinds'],
  })
  const collector = new Collector({ db, driver, now, log, everyMs: LOOK_EVERY_MS, onMerges: () => engine.wake() })
  const hastener = new Hastener({ db, driver, log, onDue: () => engine.wake() })
  const addresses = new Addresses({ db, driver, now, log })
  const cables = new Cables(db, driver)
  const watcher = new Watcher({ db, driver, now, log, addresses, cables })
  engine.onEnd(operation => {
    if (operation.serverId !== null) watcher.look(operation.serverId)
    hastener.operationEnded(operation)
    collector.wake()
  })
  return {
    engine,
    collector,
    cables,
    async start() {
      const servers = await liveServers(db)
      const { endedWithHost } = await driver.adopt(servers)
      await startAgain(db, endedWithHost, now())
      // The service may have ended between a change and the machine's hearing of it.
      const followed = servers.map(id =>
        cables.follow(id).catch(err => log.warn({ server: id, err }, 'its network cable is as it was')),
      )
      await Promise.all(followed)
      await engine.start()
      await watcher.start(LOOK_EVERY_MS)
      collector.start()
      hastener.start()
    },
    lookAtServers: () => watcher.lookAtAll(),
    async stop() {
      await hastener.stop()
      await collector.stop()
      await engine.stop()
      await watcher.stop()
      await addresses.stop()
    },
  }
}
