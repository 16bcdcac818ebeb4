/**
 * Does what is safe about findings, and says what it did. Safe: it can be taken back, or harms nothing if it was needless.
 *
 *   thaw      a guest that nobody else is about to thaw
 *   release   an operation that nobody works on: the next start of the service takes it up, or takes it back
 *   trash     a file that nobody refers to is moved to guests/trash, where it stays for a day
 *   empty     what has lain there for longer is removed
 *
 * All but the first need the state folder for themselves, so that nobody begins to use meanwhile what was just found
 * to be unused; and the host is looked at again once it is ours.
 */
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openDatabase } from '../db/open.ts'
import { realHost } from '../drivers/qemu/host.ts'
import { guestPaths } from '../drivers/qemu/paths.ts'
import { StateFolderBusy, takeStateFolder } from '../setup/state-folder.ts'
import { examine } from './examine.ts'
import { statsOf } from './files.ts'
import type { Finding, Repair } from './finding.ts'
import { type ExamineOptions, postgresOf } from './options.ts'

type Of<Kind extends Repair['kind']> = Extract<Repair, { readonly kind: Kind }>

/** What was done, a sentence each; and what was not, and why. */
export async function repair(
  stateDir: string,
  findings: readonly Finding[],
  options: ExamineOptions & { readonly hasQemuUser: boolean },
): Promise<string[]> {
  const done: string[] = []
  for (const thaw of repairsOf(findings, 'thaw')) done.push(await thawGuest(stateDir, thaw, options))
  if (!findings.some(({ repair }) => repair && repair.kind !== 'thaw')) return done
  try {
    // Ours until this process ends.
    const folder = await takeStateFolder(stateDir, options.hasQemuUser)
    const now = await examine(stateDir, options)
    done.push(...(await releaseAll(repairsOf(now, 'release'), folder.database, options)))
    for (const { file } of repairsOf(now, 'trash')) done.push(await toTrash(stateDir, file))
    for (const { file } of repairsOf(now, 'empty')) done.push(await removeTrash(stateDir, file))
    if (!folder.isHeld()) done.push('The lock of the state folder was lost meanwhile. Look again.')
  } catch (error) {
    if (!(error instanceof StateFolderBusy)) throw error
    done.push('Everything else was left alone, because a service has the state folder. Stop it first; servers run on.')
  }
  return done
}

function repairsOf<Kind extends Repair['kind']>(findings: readonly Finding[], kind: Kind): Of<Kind>[] {
  return findings.flatMap(({ repair }) => (repair?.kind === kind ? [repair as Of<Kind>] : []))
}

async function thawGuest(stateDir: string, { serverId }: Of<'thaw'>, options: ExamineOptions): Promise<string> {
  const { keeper } = realHost(options.qemuUser ?? null)
  try {
    await keeper.rescue(guestPaths(stateDir).machine(serverId).agent)
  } finally {
    await keeper.close()
  }
  const left = await examine(stateDir, { ...options, only: ['I21'] })
  return left.some(({ repair }) => repair?.kind === 'thaw' && repair.serverId === serverId)
    ? `The guest of server ${serverId} could not be thawed: its agent does not do it.`
    : `The guest of server ${serverId} was thawed.`
}

/** With the lock of the database as well, where it has one of its own. */
async function releaseAll(repairs: readonly Of<'release'>[], file: string, options: ExamineOptions): Promise<string[]> {
  if (repairs.length === 0) return []
  const nothing = () => {}
  const database = await openDatabase({
    postgres: postgresOf(options),
    file,
    say: nothing,
    onEnqueued: nothing,
    onEvents: nothing,
    onBack: nothing,
  })
  try {
    const ids = repairs.map(({ operationId }) => operationId)
    await database.db
      .updateTable('operations')
      .set({ lease_until: 0 })
      .where('id', 'in', ids)
      .where('status', '=', 'running')
      .execute()
    return ids.map(id => `Operation ${id} is nobody's now. Start the service: it takes it up, or takes it back.`)
  } finally {
    await database.close()
  }
}

async function toTrash(stateDir: string, file: string): Promise<string> {
  const { layers, trash } = guestPaths(stateDir)
  const host = realHost(null)
  let to = join(trash, file)
  // What lies there already may be another one of that name.
  while (statsOf(to)) to = join(trash, `${file}.${Date.now()}`)
  await rename(join(layers, file), to)
  for (const folder of [layers, trash]) await host.sync(folder)
  return `guests/layers/${file} was moved to ${to}. Look at it within a day; after that --repair removes it.`
}

async function removeTrash(stateDir: string, file: string): Promise<string> {
  await rm(join(guestPaths(stateDir).trash, file), { force: true })
  return `guests/trash/${file} was removed.`
}
