/**
 * `npm run test:faults`: every part of the fault tests, two at a time; its last line is what came of all. With `--write`
 * the tables of docs/reliability.md are written as they were measured.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { leftoversOf } from '../support/leftovers.ts'
import { makeCluster, postgresPrograms } from '../support/postgres.ts'
import { writePage } from './page.ts'
import { type Part, parts } from './parts.ts'
import { nothing, type Tally } from './tally.ts'

const AT_ONCE = 2
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    write: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  },
})
const seed = values.seed ?? String(Date.now() % 1_000_000)
const wanted = parts.filter(({ name }) => !values.only || values.only.includes(name))

// As in `npm test`: whatever is left of a process betrays itself by this folder.
const folder = await mkdtemp(path.join(tmpdir(), 'rp-'))
await chmod(folder, 0o711)
process.env['TMPDIR'] = folder
for (const name of Object.keys(process.env)) if (name.startsWith('RESTPOINT_')) delete process.env[name]
const cluster = postgresPrograms() ? await makeCluster() : undefined
if (cluster) process.env['TEST_POSTGRES'] = cluster.folder

const running = new Set<ChildProcess>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => running.forEach(child => child.kill(signal)))
}
const begun = Date.now()
const failures: string[] = []
const tallies = await runAll()
await cluster?.end()
for (const { pid, command } of await leftoversOf(folder)) {
  failures.push(`left running: process ${pid}: ${command.slice(0, 200)}`)
  process.kill(pid, 'SIGKILL')
}
await rm(folder, { recursive: true, force: true })

const all: Tally = {
  cells: tallies.flatMap(({ cells }) => cells),
  kills: tallies.reduce((sum, { kills }) => sum + kills, 0),
  mutants: tallies.flatMap(({ mutants }) => mutants),
  badInputs: tallies.reduce((sum, { badInputs }) => sum + badInputs, 0),
  surprises: [...tallies.flatMap(({ surprises }) => surprises), ...failures],
}
for (const surprise of all.surprises) console.error(`✖ ${surprise}`)
const minutes = (Date.now() - begun) / 60_000
console.log(`seed ${seed}, ${minutes.toFixed(1)} minutes`)
if (values.write) await writePage(all, { seed, minutes })
const lost = all.cells.filter(cell => cell.lost !== null).length
const caught = all.mutants.filter(mutant => mutant.caughtBy !== null).length
if (lost > 0 || caught < all.mutants.length || all.surprises.length > 0) process.exitCode = 1
console.log(
  `faults: ${all.cells.length} cells, ${lost} lost, ${all.kills} kills, ${caught}/${all.mutants.length} mutants caught, ` +
    `${all.badInputs} bad inputs, ${all.surprises.length} surprises`,
)

async function runAll(): Promise<Tally[]> {
  const left = [...wanted]
  const tallies: Tally[] = []
  const work = async () => {
    for (let part = left.shift(); part; part = left.shift()) tallies.push(await runPart(part))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return tallies
}

async function runPart({ name, program, args, limitMinutes }: Part): Promise<Tally> {
  const file = path.join(folder, `${name.replaceAll(' ', '-')}.json`)
  const command = [path.join(import.meta.dirname, program), '--seed', seed, '--tally', file, ...args]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', line => console.log(`[${name}] ${line}`))
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMinutes * 60_000)
  const code = await new Promise<number | null>(done => child.once('close', done))
  clearTimeout(timer)
  running.delete(child)
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Tally
  } catch {
    failures.push(`${name} ended with ${code ?? 'a signal'} and without a result`)
    return nothing
  }
}
