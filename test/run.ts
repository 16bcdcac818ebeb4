/**
 * Runs the checks and every `*.test.ts` of packages/ and test/, two files at a time. With arguments only the files whose
 * path contains one of them, without the checks.
 *
 * It fails when a test fails, when a process of a test is left over, when no test ran and, with CI=true, when one was
 * skipped. The last line is `N passed, N failed, N skipped`.
 */
import { chmodSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { report, runChecks } from '../scripts/check.ts'
import { leftoversOf } from './support/leftovers.ts'
import { makeCluster, postgresPrograms } from './support/postgres.ts'

const projectFolder = path.resolve(import.meta.dirname, '..')
const patterns = process.argv.slice(2)
const testTimeout = 10 * 60_000
const fileTimeout = 12 * 60_000
const overallTimeout = 75 * 60_000

const files = globSync(['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'], { cwd: projectFolder })
  .filter(file => patterns.length === 0 || patterns.some(pattern => file.includes(pattern)))
  // The system tests boot guests and take longest: they come first, so that the quick ones fill the gaps.
  .sort((a, b) => Number(b.startsWith('test/system')) - Number(a.startsWith('test/system')) || a.localeCompare(b))

if (files.length === 0) {
  console.error(`No test file matches: ${patterns.join(' ')}`)
  process.exit(1)
}

// Every file and socket of the tests lies in one folder, whose name therefore betrays every process of theirs. It is
// short for the sake of unix sockets, and open to be walked through by a QEMU that runs as another user.
const folder = mkdtempSync(path.join(tmpdir(), 'rp-'))
chmodSync(folder, 0o711)
process.env['TMPDIR'] = folder
process.env['TEST_FILE_TIMEOUT'] = String(fileTimeout)
// The operator's own settings are nothing to the tests.
for (const name of Object.keys(process.env)) if (name.startsWith('RESTPOINT_')) delete process.env[name]

// One for all files, each of which makes databases of its own in it.
const postgres = postgresPrograms() ? await makeCluster() : undefined
if (postgres) process.env['TEST_POSTGRES'] = postgres.folder

const failures = patterns.length > 0 ? [] : report(await runChecks()).map(name => `check: ${name}`)
const skips: string[] = []
const counts = await runFiles()
await postgres?.end()
for (const { pid, command } of await leftoversOf(folder)) {
  failures.push(`left running: process ${pid}: ${command.slice(0, 200)}`)
  process.kill(pid, 'SIGKILL')
}
rmSync(folder, { recursive: true, force: true })

if (counts.passed + counts.failed + counts.skipped === 0) failures.push('no test ran')
for (const skip of skips) console.log(`﹣ skipped: ${skip}`)
for (const failure of failures) console.log(`✖ ${failure}`)
const strict = process.env['CI'] === 'true'
if (strict && counts.skipped > 0) console.log('✖ CI=true does not allow skipped tests')
const failed = counts.failed + failures.length
console.log(`${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`)
process.exitCode = failed > 0 || (strict && counts.skipped > 0) ? 1 : 0

async function runFiles(): Promise<{ passed: number; failed: number; skipped: number }> {
  const abort = new AbortController()
  const stop = () => abort.abort()
  const timer = setTimeout(() => {
    failures.push(`not finished after ${overallTimeout / 60_000} minutes`)
    stop()
  }, overallTimeout)
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const stream = run({
    files: files.map(file => path.join(projectFolder, file)),
    concurrency: Math.min(4, Math.max(3, availableParallelism())),
    timeout: testTimeout,
    execArgv: ['--import', path.join(import.meta.dirname, 'support/watchdog.ts')],
    signal: abort.signal,
  })
  stream.on('test:pass', ({ name, file, skip }) => {
    if (skip) skips.push(`${name} (${file ? path.relative(projectFolder, file) : '?'}): ${skip}`)
  })
  stream.on('test:summary', ({ file, counts: { tests, passed, skipped, todo } }) => {
    // Each file has its own; the one of no file is the sum.
    if (file === undefined) Object.assign(counts, { passed, failed: tests - passed - skipped - todo, skipped })
  })
  for await (const text of stream.compose(new spec())) process.stdout.write(text)
  clearTimeout(timer)
  return counts
}
