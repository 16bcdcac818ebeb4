/**
 * Do our tests catch the bugs that they are there for? Each known bug (`bugs.ts`) is planted alone in a copy of the
 * project, and the tests that are named for it must fail there; without the bug the same tests must pass.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { leftoversOf } from '../../support/leftovers.ts'
import { makeCluster } from '../../support/postgres.ts'
import { type Mutant, nothing, readPartOptions, report } from '../tally.ts'
import type { Bug, Catcher } from './bug.ts'
import { bugs, quickBugs } from './bugs.ts'
import { ProjectCopy } from './copy.ts'

const AT_ONCE = 2
const CONTROL_LIMIT_MS = 240_000
/** So much longer than without the bug a test may take before it counts as hanging. */
const limitFor = (controlMs: number) => 15_000 + 2 * controlMs

const options = readPartOptions()
/** Part of a name: for whoever works on one of them. */
const only = process.env['ONLY'] ?? ''
const chosen = (options.quick ? quickBugs : bugs).filter(bug => bug.name.includes(only))

const folder = await mkdtemp(path.join(tmpdir(), 'rp-'))
await chmod(folder, 0o711)
process.env['TMPDIR'] = folder
for (const name of Object.keys(process.env)) if (name.startsWith('RESTPOINT_')) delete process.env[name]
const cluster = await makeCluster()
process.env['TEST_POSTGRES'] = cluster.folder
const controls = new Map<string, Promise<Control>>()
const mutants: Mutant[] = []
const surprises: string[] = []
try {
  const queue = [...chosen]
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      const copy = await ProjectCopy.make()
      for (let bug = queue.shift(); bug; bug = queue.shift()) await tryOne(copy, bug)
      await copy.end()
    }),
  )
} finally {
  await cluster.end()
  for (const { pid } of await leftoversOf(folder)) process.kill(pid, 'SIGKILL')
  await rm(folder, { recursive: true, force: true })
}
await report({ ...nothing, mutants, surprises }, options)

async function tryOne(copy: ProjectCopy, bug: Bug): Promise<void> {
  const start = performance.now()
  let caughtBy: string | null = null
  for (const catcher of bug.caughtBy) {
    const { wrong, tookMs } = await controlOf(copy, catcher)
    if (wrong !== null) {
      surprises.push(`${catcher.file} without any bug: ${wrong}`)
      continue
    }
    const { failed, broken } = await copy.withBug(bug, () => copy.test(catcher, limitFor(tookMs)))
    if (broken !== null) console.log(`  ${bug.name}: ${broken}`)
    const [first] = failed
    if (first !== undefined) {
      caughtBy = `${catcher.file}: ${first}`
      break
    }
  }
  mutants.push({ name: bug.name, caughtBy })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(
    `${caughtBy === null ? '✖' : '✔'} ${bug.name} (${seconds} s)${caughtBy === null ? '' : `\n    ${caughtBy}`}`,
  )
}

interface Control {
  /** Null: the tests pass without any bug. */
  readonly wrong: string | null
  readonly tookMs: number
}

/** Once for each set of tests. */
function controlOf(copy: ProjectCopy, catcher: Catcher): Promise<Control> {
  const key = JSON.stringify(catcher)
  const known = controls.get(key)
  if (known) return known
  const control = copy.test(catcher, CONTROL_LIMIT_MS).then(({ passed, failed, broken, tookMs }) => {
    const wrong = broken ?? failed[0] ?? (passed === 0 ? 'no test is named so' : null)
    return { wrong, tookMs }
  })
  controls.set(key, control)
  return control
}
