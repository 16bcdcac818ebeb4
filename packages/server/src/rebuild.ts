/**
 * `npm run rebuild`: a new database, made of the records and the layers of the state folder. Nothing else is changed:
 * machines run on, files stay. Exit code 0: all of it; 2: what could not be rebuilt was left out and named; 1: refused,
 * nothing was done.
 */
import { lstat, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Config } from './config.ts'
import { inTransaction } from './db/database.ts'
import { type OpenDatabase, openDatabase } from './db/open.ts'
import { realHost } from './drivers/qemu/host.ts'
import { openQemuDriver } from './drivers/qemu/qemu-driver.ts'
import { type Survey, survey } from './drivers/qemu/survey.ts'
import { configOfThisProcess, explain } from './main.ts'
import { recordFolder } from './records/files.ts'
import type { RunningChains } from './records/rebuild/heads.ts'
import { insertPlan, isEmpty } from './records/rebuild/insert.ts'
import { type Found, makePlan, type Plan } from './records/rebuild/plan.ts'
import { type FoundRecords, parseRecords } from './records/rebuild/read.ts'
import { tell, tellKept, tellLeftOut } from './records/rebuild/words.ts'
import { renewAdminToken } from './setup/first-account.ts'
import { keepHostId, refuseForeignDatabase } from './setup/host-id.ts'
import { lookUpUser } from './setup/qemu-user.ts'
import { type StateFolder, takeStateFolder } from './setup/state-folder.ts'
import { say } from './setup/welcome.ts'

/** What an operator has to do first; the message says it. */
class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** True when all of it is there again. */
export async function rebuild(config: Config, { dryRun }: { readonly dryRun: boolean }): Promise<boolean> {
  const { stateDir } = config
  await stat(stateDir).catch(() => {
    throw new Refusal(`There is no folder ${stateDir}. RESTPOINT_STATE_DIR says where the state folder is.`)
  })
  const folder = await takeStateFolder(stateDir, config.qemuUser !== null)
  const files = await recordFolder(folder.records).read()
  if (files.size === 0) throw new Refusal(`There are no records in ${folder.records}, so there is nothing to go by.`)
  const database = dryRun ? undefined : await openEmpty(config, folder)
  try {
    const { found, beside } = await look(config, parseRecords(files))
    const plan = makePlan(found)
    for (const line of [...tell(plan), ...tellKept(plan), ...beside, ...tellLeftOut(plan)]) say(line)
    if (database) {
      if (plan.problems.length > 0) say(`The records as they were stay in ${await putBy(files, folder)}.`)
      await write(database, plan, folder)
    }
    say(
      database
        ? `The database is rebuilt. The administrator has a new token, in ${folder.adminToken}; all others are gone.`
        : 'Nothing was written: this was a dry run.',
    )
    return plan.problems.length === 0
  } finally {
    await database?.close()
  }
}

async function openEmpty({ database: postgres }: Config, folder: StateFolder): Promise<OpenDatabase> {
  const nothing = () => {}
  const hear = { onEnqueued: nothing, onEvents: nothing, onBack: nothing }
  const database = await openDatabase({ postgres, file: folder.database, say, ...hear })
  try {
    const { db, name } = database
    await refuseForeignDatabase({ db, name, file: folder.hostId })
    if (await inTransaction(db, isEmpty)) return database
    const andJournals = postgres ? '' : ' (it, and -wal and -shm beside it)'
    throw new Refusal(`There is something in ${name} already. Move it away first${andJournals}.`)
  } catch (error) {
    await database.close()
    throw error
  }
}

/** The service will write the records anew, without what was left out: it must not be lost by that. */
async function putBy(files: ReadonlyMap<string, string>, folder: StateFolder): Promise<string> {
  const place = join(folder.records, `before-rebuild-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`)
  const kept = recordFolder(place)
  for (const [name, text] of files) await kept.write(name, text)
  return place
}

async function write({ db, name }: OpenDatabase, plan: Plan, folder: StateFolder): Promise<void> {
  const admin = plan.accounts.find(account => account.is_admin) ?? plan.accounts[0]
  await inTransaction(db, async trx => {
    await insertPlan(trx, plan)
    // Without any account the first start makes one.
    if (admin) await renewAdminToken(trx, admin.id, folder.adminToken, Date.now())
  })
  await keepHostId({ db, name, file: folder.hostId }, Date.now())
}

async function look(config: Config, records: FoundRecords): Promise<{ found: Found; beside: string[] }> {
  const user = config.qemuUser === null ? null : await lookUpUser(config.qemuUser)
  const host = realHost(user)
  const inFolder = await survey(host, config.stateDir)
  const running = await askMachines(config, host, inFolder)
  const linked = new Set<string>()
  for (const { layer } of records.images) {
    if (layer?.linked && (await isFile(layer.file))) linked.add(layer.file)
  }
  const traces = { servers: inFolder.machines, operations: inFolder.benches, layers: inFolder.trash }
  const found = { records, layers: inFolder.layers, linked, running, traces }
  const beside = inFolder.others.map(name => `Left alone. guests/layers/${name} is no layer.`)
  if (inFolder.trash.length > 0) {
    beside.push(`Left alone. guests/trash holds ${inFolder.trash.length} layers that had been given up before.`)
  }
  return { found, beside }
}

/** What a running machine has open, only it can say. */
async function askMachines(
  { stateDir }: Config,
  host: ReturnType<typeof realHost>,
  { machines }: Survey,
): Promise<Map<number, RunningChains>> {
  // Merges and accelerators are not asked for.
  const driver = await openQemuDriver(host, { stateDir, accel: 'tcg', mergeBytesPerSecond: 1 })
  const running = new Map<number, RunningChains>()
  try {
    for (const id of machines) {
      const machine = await driver.inspect(id).catch(error => {
        throw new Refusal(
          `Server ${id} runs, and its QEMU does not answer (${(error as Error).message}). End it first: its process ` +
            `id is in ${join(stateDir, 'guests/machines', String(id), 'pid')}.`,
        )
      })
      if (machine.state !== 'absent') running.set(id, machine.chains)
    }
    return running
  } finally {
    await driver.close()
  }
}

async function isFile(path: string): Promise<boolean> {
  return await lstat(path).then(
    file => file.isFile(),
    () => false,
  )
}

if (import.meta.main) {
  try {
    const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } })
    const isComplete = await rebuild(configOfThisProcess(), { dryRun: values['dry-run'] })
    process.exit(isComplete ? 0 : 2)
  } catch (error) {
    if (error instanceof Refusal) process.stderr.write(`${error.message}\n`)
    else explain(error)
    process.exit(1)
  }
}
