/**
 * Looks at a host and says what is wrong with it. Nothing is changed, nobody is kept waiting, and the service may run,
 * hang or be stopped meanwhile.
 *
 * A host at work is always between two states somewhere: a file is there a moment before QEMU opens it, a machine ends
 * a moment before its row says so. So what a look finds is looked at again, and only what is still the same then counts.
 * Where nobody is at work one look is enough. What takes longer than the looks is accounted for by operations that have
 * not ended, and each check says which.
 */
import { realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { realHost } from '../drivers/qemu/host.ts'
import { CannotLook, type Finding, type Invariant, keyOf } from './finding.ts'
import { invariants } from './invariants.ts'
import { type ExamineOptions, postgresOf, usualPausesMs } from './options.ts'
import { openToRead } from './rows.ts'
import { look, type Surroundings, type World } from './world.ts'

/** @throws CannotLook */
export async function examine(stateDir: string, options: ExamineOptions = {}): Promise<readonly Finding[]> {
  const folder = resolve(stateDir)
  const realDir = await realpath(folder).catch(() => {
    throw new CannotLook(`There is no folder ${folder}. RESTPOINT_STATE_DIR says where the state folder is.`)
  })
  const file = join(folder, 'restpoint.db')
  const postgres = postgresOf(options)
  if (postgres === null) {
    await stat(file).catch(() => {
      throw new CannotLook(
        `There is no database in ${folder}. If it is in PostgreSQL, RESTPOINT_DATABASE_URL says where.`,
      )
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

async function lookUntilSure(surroundings: Surroundings): Promise<readonly Finding[]> {
  const { only, pausesMs = usualPausesMs } = surroundings.options
  let checks = invariants.filter(({ id }) => only?.includes(id) ?? true)
  let { found, atWork } = await lookOnce(surroundings, checks)
  for (const [index, pause] of pausesMs.entries()) {
    // Without a service there is only what was about to end.
    if (found.length === 0 || atWork === 'nobody' || (atWork === 'machines' && index > 0)) break
    await sleep(pause)
    const before = new Set(found.map(keyOf))
    checks = checks.filter(({ id }) => found.some(({ invariant }) => invariant === id))
    const again = await lookOnce(surroundings, checks)
    found = again.found.filter(finding => before.has(keyOf(finding)))
    atWork = again.atWork
  }
  return found
}

interface Look {
  readonly found: readonly Finding[]
  /** Who is there that could change what was seen. */
  readonly atWork: 'service' | 'machines' | 'nobody'
}

async function lookOnce(surroundings: Surroundings, checks: readonly Invariant<World>[]): Promise<Look> {
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
  const atWork = world.service ? 'service' : world.processes.length > 0 ? 'machines' : 'nobody'
  return { found: [...found.values()], atWork }
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
