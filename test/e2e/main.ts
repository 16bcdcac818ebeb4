/** `npm run test:e2e`: the console in a browser, before a service as a person starts it and a guest that really runs. */
import { globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { leftoversOf } from '../support/leftovers.ts'

const USAGE = `The console in a browser, against the service and a guest: the whole story in English and in Arabic, every view in six
languages, what goes wrong, and what is meant to. Some 20 minutes without KVM.

  npm run test:e2e -- [--only NAME]… [--pictures FOLDER]

  --only NAME         only the files whose name contains it: story, failures, views, bad-input, speed
  --pictures FOLDER   where what was seen is put, for people to look at; else a new folder below .cache, which is named

Exit code: 0 all is well, 1 something failed.
`
const TEST_LIMIT_MS = 40 * 60_000
const FILE_LIMIT_MS = 45 * 60_000

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    pictures: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const { only } = values
if (values.help) process.stdout.write(USAGE)
else process.exitCode = (await test()) ? 0 : 1

async function test(): Promise<boolean> {
  const files = globSync('*.e2e.ts', { cwd: import.meta.dirname })
    .filter(file => only.length === 0 || only.some(name => file.includes(name)))
    .toSorted()
  if (files.length === 0) {
    console.error(`No file matches: ${only.join(' ')}`)
    return false
  }
  const pictures = path.resolve(values.pictures ?? newFolder())
  mkdirSync(pictures, { recursive: true })
  process.env['E2E_PICTURES'] = pictures
  // As in `npm test`: whatever is left of a process betrays itself by this folder.
  const folder = mkdtempSync(path.join(tmpdir(), 'rp-'))
  await chmod(folder, 0o711)
  process.env['TMPDIR'] = folder
  process.env['TEST_FILE_TIMEOUT'] = String(FILE_LIMIT_MS)

  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort())
  const stream = run({
    files: files.map(file => path.join(import.meta.dirname, file)),
    // Each has a guest and a browser.
    concurrency: 1,
    timeout: TEST_LIMIT_MS,
    execArgv: ['--import', path.resolve(import.meta.dirname, '../support/watchdog.ts')],
    signal: abort.signal,
  })
  let isWell = false
  stream.on('test:summary', ({ file, success }) => {
    if (file === undefined) isWell = success
  })
  for await (const text of stream.compose(new spec())) process.stdout.write(text)
  const left = await leftoversOf(folder)
  for (const { pid, command } of left) {
    console.error(`✖ left running: process ${pid}: ${command.slice(0, 200)}`)
    process.kill(pid, 'SIGKILL')
  }
  rmSync(folder, { recursive: true, force: true })
  console.log(`What was seen is in ${path.relative(process.cwd(), pictures)}/`)
  return isWell && left.length === 0
}

function newFolder(): string {
  const name = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
  return path.resolve(import.meta.dirname, '../../.cache/e2e', name)
}
