/** The only wiring: settings, the concrete driver and database, the service, the API; and how it all ends. */
import { userInfo } from 'node:os'
import { openConsole } from '@restpoint/console/site'
import { openSite } from '@restpoint/docs/site'
import { pino } from 'pino'
import { buildApp } from './app.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { openDatabase } from './db/open.ts'
import { DatabaseProblem } from './db/problem.ts'
import { DatabaseUnavailable } from './db/unavailable.ts'
import { type Host, type HostUser, realHost } from './drivers/qemu/host.ts'
import { openQemuDriver } from './drivers/qemu/qemu-driver.ts'
import { listLayerIds } from './drivers/qemu/survey.ts'
import { catalogue } from './errors.ts'
import { Feed } from './events/feed.ts'
import { fileFrom, recordFolder } from './records/files.ts'
import { refuseOlderDatabase } from './records/guard.ts'
import { Recorder } from './records/recorder.ts'
import { buildService } from './service.ts'
import { makeDemoServer } from './setup/demo.ts'
import { makeFirstAccount } from './setup/first-account.ts'
import { keepHostId, refuseForeignDatabase } from './setup/host-id.ts'
import { lookUpUser } from './setup/qemu-user.ts'
import { StateFolderBusy, takeStateFolder } from './setup/state-folder.ts'
import { warningIfUntested } from './setup/tested.ts'
import { greet, say } from './setup/welcome.ts'
import { Terminals } from './terminals/terminals.ts'
import { SignIn } from './tokens/sign-in.ts'

const MIB = 1024 * 1024
const STOP_GRACE_MS = 60_000
const RECORD_EVERY_MS = 60_000
const LOOK_AT_CONSOLES_EVERY_MS = 30_000

/** Runs the service until a signal ends it. Tests hand in a host whose effects fail where they say. */
export async function run(config: Config, openHost: (user: HostUser | null) => Host = realHost): Promise<void> {
  const log = pino({ level: config.logLevel }, pino.destination(2))
  const now = Date.now
  const folder = await takeStateFolder(config.stateDir, config.qemuUser !== null)
  let onEnqueued = () => {}
  let onEvents = () => {}
  let onBack = () => {}
  const database = await openDatabase({
    postgres: config.database,
    file: folder.database,
    say,
    onEnqueued: () => onEnqueued(),
    onEvents: () => onEvents(),
    onBack: () => onBack(),
  })
  const { db } = database
  const belonging = { db, name: database.name, file: folder.hostId }
  await refuseForeignDatabase(belonging)
  const records = recordFolder(folder.records)
  await refuseOlderDatabase(db, { records: await records.read(), layers: await listLayerIds(config.stateDir) })
  await keepHostId(belonging, now())
  const user = config.qemuUser === null ? null : await lookUpUser(config.qemuUser)
  const driver = await openQemuDriver(openHost(user), {
    stateDir: config.stateDir,
    accel: config.accel,
    mergeBytesPerSecond: config.mergeMbPerSecond * MIB,
    imageMaxBytes: config.imageMaxGb * 1024 * MIB,
    log,
  })
  const warning = await warningIfUntested(await driver.version())
  if (warning) say(`Warning: ${warning}`)

  const settings = {
    now,
    snapshotLimit: config.snapshotLimit,
    reserveBytes: config.reserveMb * MIB,
    undoMs: config.undoHours * 3600_000,
  }
  const isHeld = database.isHeld ?? (() => true)
  const service = buildService({ db, driver, log, stopGraceMs: STOP_GRACE_MS, mayClaim: isHeld, ...settings })
  onEnqueued = () => service.engine.wake()
  const recorder = new Recorder({
    db,
    files: records,
    fileOf: layer => fileFrom(config.stateDir, driver.pathOf(layer)),
    everyMs: RECORD_EVERY_MS,
    log,
  })
  service.engine.onEnd(() => recorder.wake())
  const feed = new Feed({ db, now, log })
  onEvents = () => feed.wake()
  onBack = () => {
    feed.wake()
    service.engine.wake()
    service.collector.wake()
    recorder.wake()
  }
  const console = openConsole()
  if (!console) say('There is no console: it was not built. "npm start" builds it.')
  const terminals = config.terminal ? new Terminals({ db, driver, now, log }) : null
  const signIn = new SignIn(now)
  const app = await buildApp({
    db,
    driver,
    feed,
    log,
    now,
    config,
    engine: service.engine,
    followCable: id => service.cables.follow(id),
    wakeCollector: () => service.collector.wake(),
    wakeRecorder: () => recorder.wake(),
    ready: async () => {
      const checks = {
        state_folder: folder.isHeld(),
        engine: service.engine.isLooking,
        ...(database.isHeld ? { database_lock: database.isHeld() } : {}),
      }
      // Told, but no reason to send requests elsewhere: they are what can free a full disk.
      return { ok: Object.values(checks).every(Boolean), checks: { ...checks, records: recorder.isCurrent } }
    },
    terminals,
    signIn,
    openDocs: document => openSite({ document, errors: catalogue }),
    console,
  })

  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    say('Stopping. Servers run on and are taken over at the next start.')
    await app.close()
    await terminals?.stop()
    await service.stop()
    await recorder.stop()
    await driver.close()
    await database.close()
    // Whatever a step is still at ends with us, and only then is the folder free: its lock is the kernel's to drop.
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())

  const secret = await makeFirstAccount(db, folder.adminToken, now())
  // Before machines are taken over: what they say from now on is heard.
  terminals?.start(LOOK_AT_CONSOLES_EVERY_MS)
  await service.start()
  recorder.start()
  feed.start()
  await app.listen({ host: config.listen.host, port: config.listen.port })
  if (config.demo) await makeDemoServer({ db, driver, user, say, stateDir: config.stateDir, ...settings })
  service.engine.wake()
  const signInCode = console ? await signIn.offer(db) : undefined
  await greet({ db, driver, config, secret, tokenFile: folder.adminToken, signInCode, isStopping: () => stopping })
}

export function configOfThisProcess(): Config {
  const config = readConfig(process.env, { isRoot: process.getuid?.() === 0, home: userInfo().homedir })
  // Its password is nothing to the programs that we start.
  delete process.env['RESTPOINT_DATABASE_URL']
  return config
}

/** What the operator must mend is said in plain words; anything else is a defect and shows its stack. */
export function explain(error: unknown): void {
  if (error instanceof ConfigError) {
    process.stderr.write(`Restpoint cannot start:\n${error.problems.map(problem => `  - ${problem}\n`).join('')}`)
  } else if (error instanceof StateFolderBusy || error instanceof DatabaseProblem) {
    process.stderr.write(`${error.message}\n`)
  } else if (error instanceof DatabaseUnavailable) {
    process.stderr.write(`The database went away: ${(error.cause as Error).message}. Start again when it is back.\n`)
  } else if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    process.stderr.write('That address is taken already. Choose another one with RESTPOINT_LISTEN=host:port.\n')
  } else {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  }
}

if (import.meta.main) {
  try {
    await run(configOfThisProcess())
  } catch (error) {
    explain(error)
    process.exit(1)
  }
}
