/** A copy of the project to plant bugs in: others work in the original. */
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { leftoversOf } from '../../support/leftovers.ts'
import { type Bug, type Catcher, plant } from './bug.ts'
import type { Ended } from './reporter.ts'

export const projectFolder = path.resolve(import.meta.dirname, '../../..')
export const sourceFolder = 'packages/server/src'
/** What tests read. Everything else is got from the original. */
const copied = ['packages', 'test', 'scripts', 'docs', 'package.json']

export interface Outcome {
  readonly passed: number
  readonly tookMs: number
  /** The tests that failed, themselves. */
  readonly failed: readonly string[]
  /** What went wrong beside the tests: a file that cannot be loaded, a process that ended early. */
  readonly broken: string | null
}

export class ProjectCopy {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async make(): Promise<ProjectCopy> {
    const folder = await mkdtemp(path.join(tmpdir(), 'mutants-'))
    for (const name of copied) await cp(path.join(projectFolder, name), path.join(folder, name), { recursive: true })
    // Packages of ours resolve to the copy, all others to the original.
    const [theirs, modules] = [projectFolder, folder].map(root => path.join(root, 'node_modules')) as [string, string]
    const ours = path.join(modules, '@restpoint')
    await mkdir(ours, { recursive: true })
    for (const name of await readdir(theirs)) {
      if (name !== '@restpoint') await symlink(path.join(theirs, name), path.join(modules, name))
    }
    for (const name of await readdir(path.join(theirs, '@restpoint'))) {
      await symlink(path.join(folder, 'packages', name), path.join(ours, name))
    }
    return new ProjectCopy(folder)
  }

  /** With this bug in it, for as long as `work` takes. */
  async withBug<Value>(bug: Bug, work: () => Promise<Value>): Promise<Value> {
    const file = path.join(this.#folder, sourceFolder, bug.file)
    const source = await readFile(file, 'utf8')
    await writeFile(file, plant(bug, source))
    try {
      return await work()
    } finally {
      await writeFile(file, source)
    }
  }

  /** Runs these tests; nothing of theirs lives on afterwards. What takes longer than the limit has failed as well. */
  async test({ file, name }: Catcher, limitMs: number): Promise<Outcome> {
    const tmp = await mkdtemp(path.join(tmpdir(), 'm-'))
    const start = performance.now()
    try {
      const ran = await this.#run(file, name, tmp, limitMs)
      return { ...outcomeOf(file, ran), tookMs: performance.now() - start }
    } finally {
      for (const { pid } of await leftoversOf(tmp, 0)) killIfThere(pid)
      await rm(tmp, { recursive: true, force: true, maxRetries: 5 })
    }
  }

  #run(file: string, name: string | undefined, tmp: string, limitMs: number): Promise<Ran> {
    const pattern = name === undefined ? [] : [`--test-name-pattern=${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`]
    const reporter = path.join(import.meta.dirname, 'reporter.ts')
    const args = ['--test', `--test-timeout=${limitMs}`, `--test-reporter=${reporter}`, ...pattern, file]
    const child = spawn(process.execPath, args, {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...withoutRunner(process.env), TMPDIR: tmp },
      // A group of its own: a runner that is ended takes along what it has started.
      detached: true,
    })
    let text = ''
    let said = ''
    let isLate = false
    child.stdout.on('data', chunk => (text += chunk))
    child.stderr.on('data', chunk => (said += chunk))
    const timer = setTimeout(() => {
      isLate = true
      if (child.pid !== undefined) killIfThere(-child.pid)
    }, limitMs)
    return new Promise((done, failed) => {
      child.once('error', failed)
      child.once('close', () => {
        clearTimeout(timer)
        done({ text, said, isLate })
      })
    })
  }

  async end(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

interface Ran {
  /** Of the reporter. */
  readonly text: string
  readonly said: string
  /** It was ended by us. */
  readonly isLate: boolean
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A runner that is told it runs within another one reports to that. */
function withoutRunner(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...rest } = env
  return rest
}

function outcomeOf(file: string, { text, said, isLate }: Ran): Omit<Outcome, 'tookMs'> {
  const ended = text.split('\n').flatMap(line => (line.startsWith('{"name"') ? [JSON.parse(line) as Ended] : []))
  const tests = ended.filter(({ isSkipped, isParent }) => !isSkipped && !isParent)
  const isFile = ({ name }: Ended) => name.endsWith(path.basename(file))
  const failed = tests.flatMap(test => (test.isPassed || isFile(test) ? [] : `${test.name}: ${test.why}`))
  const unloaded = tests.find(test => isFile(test) && !test.isPassed)
  const isEmpty = tests.length === 0 && !isLate
  return {
    passed: tests.filter(({ isPassed }) => isPassed).length,
    failed: isLate ? [...failed, 'it does not end'] : failed,
    broken: isEmpty ? `no test has run: ${said.slice(-300)}` : (unloaded?.why ?? null),
  }
}
