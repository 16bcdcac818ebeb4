/** Types, lint rules and format, by the versions in package-lock.json: `npm run check`, and the first part of `npm test`. */
import { spawn } from 'node:child_process'
import path from 'node:path'

const projectFolder = path.resolve(import.meta.dirname, '..')

/** The console's types are also those of its messages. */
const messages: Check = {
  name: "the console's messages (paraglide)",
  program: 'packages/console/build/messages.ts',
  args: [],
}

const checks: readonly Check[] = [
  { name: 'types (tsc)', program: 'node_modules/typescript/bin/tsc', args: ['--noEmit', '-p', '.'] },
  {
    name: 'types of the console (tsc)',
    program: 'node_modules/typescript/bin/tsc',
    args: ['--noEmit', '-p', 'packages/console'],
  },
  { name: 'lint rules (oxlint)', program: 'node_modules/oxlint/bin/oxlint', args: ['--deny-warnings', '--quiet', '.'] },
  {
    name: 'format (biome); to correct it: npx biome check --write',
    program: 'node_modules/@biomejs/biome/bin/biome',
    args: ['check'],
  },
]

export interface CheckResult {
  readonly name: string
  readonly ok: boolean
  /** What the program printed, for people. */
  readonly output: string
}

/** Runs all checks at once; a failing one does not keep the others from being told. */
export async function runChecks(): Promise<CheckResult[]> {
  const compiled = await check(messages)
  return [compiled, ...(await Promise.all(checks.map(check)))]
}

interface Check {
  readonly name: string
  /** Below the project's folder; run by Node. */
  readonly program: string
  readonly args: readonly string[]
}

async function check({ name, program, args }: Check): Promise<CheckResult> {
  const launcher = path.join(projectFolder, program)
  const child = spawn(process.execPath, [launcher, ...args], { cwd: projectFolder, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => chunks.push(chunk))
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  return { name, ok: code === 0, output: Buffer.concat(chunks).toString() }
}

/** Prints the results, in full where something is wrong; returns the names of the failed checks. */
export function report(results: readonly CheckResult[]): string[] {
  for (const { name, ok, output } of results) {
    console.log(`${ok ? '✔' : '✖'} ${name}`)
    if (!ok) console.log(output)
  }
  return results.filter(({ ok }) => !ok).map(({ name }) => name)
}

if (import.meta.main && report(await runChecks()).length > 0) process.exitCode = 1
