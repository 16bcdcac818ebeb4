/**
 * Looks at a host and says what is wrong with it. Nothing is changed, nobody is kept waiting, and the service may run,
 * hang or be stopped meanwhile.
 *
 * A host at work is always between two states somewhere: a file is there a moment before QEMU opens it, a machine ends
 * a moment before its row says so. So what a look finds is looked at again, and only what is still the same then counts.
 * What takes longer than that is accounted for by operations that have not ended, and each check says which.
 */
import { realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type HostUser, realHost } from '../drivers/qemu/host.ts'
import { CannotLook, type Finding, type Invariant, keyOf } from './finding.ts'
import { invariants } from './invariants.ts'
import { openToRead } from './rows.ts'
import { look, type Surroundings, type World } from './world.ts'

export interface ExamineOptions {
  /** The URL of the PostgreSQL database; null, as by default: SQLite in the state folder. */
  readonly postgres?: string | null
  /** Whom QEMU runs as, where it is somebody else than the service. */
  readonly qemuUser?: HostUser | null
  /** Reads every layer from its first byte to its last. */
  readonly deep?: boolean
  /** Snapshots a server may have, where its account has no quota of its own; default 5. */
  readonly snapshotLimit?: number
  /** Free MiB that are never used; default 0: not looked at. */
  readonly reserveMb?: number
  /** Files with what the service has logged. */
  readonly logs?: readonly string[]
  /** Only these, by id. */
  readonly only?: readonly string[]
}

/** Between the looks, ms. Longer than whatever the service does in between without an operation. */
const PAUSES_MS = [250, 500, 1000, 1500]

/** @throws CannotLook */
export async function examine(stateDir: string, options: ExamineOptions = {}): Promise<Finding[]> {
  const folder = resolve(stateDir)
  const realDir = await realpath(folder).catch(() => {
    throw new CannotLook(`There is no folder ${folder}. RESTPOINT_STATE_DIR says where the state folder is.`)
  })
  const file = join(folder, 'restpoint.db')
  const postgres = options.postgres ?? null
  if (postgres === null) {
    await stat(file).catch(error => {
      throw new CannotLook(`There is no database in ${folder} (${error.message}).`)
    })
  }
  const db = await openToRead(file, postgres)
  const host = realHost(options.qemuUser ?? null)
  try {
    return await lookUntilSure({ stateDir: folder, realDir, options, host, db })
  } finally {
    await host.keeper.close()
    await db.destroy()
  }
}

async function lookUntilSure(surroundings: Surroundings): Promise<Finding[]> {
  const { only } = surroundings.options
  let checks = invariants.filter(({ id }) => only?.includes(id) ?? true)
  let found = await lookOnce(surroundings, checks)
  for (const pause of PAUSES_MS) {
    if (found.length === 0) break
    await sleep(pause)
    const before = new Set(found.map(keyOf))
    checks = checks.filter(({ id }) => found.some(({ invariant }) => invariant === id))
    found = (await lookOnce(surroundings, checks)).filter(finding => before.has(keyOf(finding)))
  }
  return found
}

async function lookOnce(surroundings: Surroundings, checks: readonly Invariant<World>[]): Promise<Finding[]> {
  const world = await look(surroundings).catch(error => {
    throw error instanceof CannotLook ? error : new CannotLook(`The host cannot be looked at: ${error.message}`)
  })
  // One trouble may show itself more than once: in every line of a log, for instance.
  const found = new Map<string, Finding>()
  for (const { id, check } of checks) {
    const abouts = await check(world).catch(error => [couldNot(error)])
    for (const about of abouts) {
      const finding = { invariant: id, ...about }
      found.set(keyOf(finding), finding)
    }
  }
  return [...found.values()]
}

/** A row or a file that is so wrong that a check stumbles over it must not hide what the others find. */
function couldNot(error: Error): Omit<Finding, 'invariant'> {
  return {
    level: 'unknown',
    subject: 'the check itself',
    text: `This could not be looked at: ${error.message}.`,
    remedy: 'Mend what the other findings name, then look again.',
  }
}
