/** Everything that the README says to paste or to save and run, in its order, against a fresh service. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { needs } from '../support/needs.ts'
import { Api } from '../system/support/api.ts'
import { newStateDir, type RunningService, removeState, startService } from '../system/support/service.ts'
import { blocksOf, projectFolder, readPage, sectionOf } from './markdown.ts'

const execute = promisify(execFile)
const readme = readPage('README.md')

/** What is pasted stays as it is; here curl fails on an HTTP status that tells of a failure. */
const strictCurl = 'curl() { command curl --silent --show-error --fail-with-body "$@"; }\n'

test('the samples of the README', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  const stateDir = await newStateDir()
  let started: RunningService | undefined
  t.after(async () => {
    await started?.kill()
    await removeState(stateDir)
  })
  const service = await startService({ stateDir })
  started = service
  const api = new Api(service)
  const env = { ...process.env, RESTPOINT_URL: service.url, RESTPOINT_TOKEN: service.token }

  async function run(program: string, ...args: string[]): Promise<string> {
    const { stdout } = await execute(program, args, { env, cwd: projectFolder, timeout: 120_000 })
    return stdout
  }

  /** Kinds of the operations since the last time, oldest first. Every one must have completed. */
  let seen = 0
  async function operationsSince(): Promise<string[]> {
    const { results } = await api.get<{ results: { id: number; kind: string; status: string }[] }>('/operations/')
    const fresh = results.filter(({ id, kind }) => id > seen && kind !== 'merge').reverse()
    seen = Math.max(seen, ...fresh.map(({ id }) => id))
    for (const { kind, status } of fresh) assert.equal(status, 'completed', kind)
    return fresh.map(({ kind }) => kind)
  }
  assert.deepEqual(await operationsSince(), ['server_create'])
  const wanted = ['snapshot_create', 'snapshot_restore', 'server_undo']

  await t.test('cURL', { skip: needs('bash', 'curl') }, async () => {
    let answer = ''
    for (const { language, text } of blocksOf(sectionOf(readme, 'cURL'))) {
      if (language === 'sh') answer = await run('bash', '-euc', strictCurl + text)
      else assert.deepEqual(shapeOf(JSON.parse(answer)), shapeOf(JSON.parse(text)))
    }
    assert.deepEqual(await operationsSince(), wanted)
    assert.deepEqual(await api.get('/snapshots/'), { count: 0, results: [] })
  })

  await t.test('Python', { skip: needs('python3') }, async () => {
    const file = await saved('python', path.join(stateDir, 'snapshots.py'))
    assert.match(await run('python3', file), /^from-python completed \d+ MiB\nThe server was restored .*\nactive\n$/)
    assert.deepEqual(await operationsSince(), wanted)
    assert.deepEqual(await api.get('/snapshots/'), { count: 0, results: [] })
  })

  await t.test('JavaScript', async () => {
    const file = await saved('js', path.join(stateDir, 'snapshots.mjs'))
    assert.match(
      await run(process.execPath, file),
      /^from-javascript completed \d+ MiB\nThe server was restored .*\nactive\n$/,
    )
    assert.deepEqual(await operationsSince(), wanted)
    assert.deepEqual(await api.get('/snapshots/'), { count: 0, results: [] })
  })

  await t.test('the command line', { skip: needs('bash') }, async () => {
    const [block] = blocksOf(sectionOf(readme, 'The command line'))
    const told = (await run('bash', '-euc', block?.text ?? '')).split('\n')
    assert.match(told[0] ?? '', /^Snapshot from-shell \(\d+\) of web-server-01 is completed: /)
    assert.equal(told.filter(line => /^Server web-server-01 \(1\) is active\.$/.test(line)).length, 2)
    assert.equal(told.at(-2), 'Snapshot from-shell is deleted.')
    assert.deepEqual(await operationsSince(), wanted)
    assert.deepEqual(await api.get('/snapshots/'), { count: 0, results: [] })
  })
})

/** The README's only block of a language, as a file. */
async function saved(language: string, file: string): Promise<string> {
  const blocks = blocksOf(readme).filter(block => block.language === language)
  assert.equal(blocks.length, 1)
  await writeFile(file, blocks[0]?.text ?? '')
  return file
}

/** Keys, in their order, and types; the values differ. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (value === null || typeof value !== 'object') return typeof value
  return Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)])
}
