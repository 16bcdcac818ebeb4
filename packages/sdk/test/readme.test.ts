/** The README's example, as it stands, against the real service. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { blocksOf, sectionOf, tablesOf } from '../../../test/docs/markdown.ts'
import * as sdk from '../src/index.ts'
import { callOptions, postOptions, startOptions } from '../src/options.ts'
import { openService } from './support/service.ts'

const readme = await readFile(path.resolve(import.meta.dirname, '../README.md'), 'utf8')
const [example, dryRun, iteration, watching] = blocksOf(readme)
const head = (example?.text ?? '').split('\n').slice(0, 3).join('\n')

/** Runs a sample where the sources are installed under the package's name. */
async function run(
  text: string,
  { url, token }: { url: string; token: string },
  meanwhile: (child: ChildProcess) => void = () => {},
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-sample-'))
  try {
    await mkdir(path.join(folder, 'node_modules/@restpoint'), { recursive: true })
    await symlink(path.resolve(import.meta.dirname, '..'), path.join(folder, 'node_modules/@restpoint/sdk'))
    await writeFile(path.join(folder, 'sample.mjs'), text.replace("'@restpoint/sdk'", "'@restpoint/sdk/source'"))
    const env = { ...process.env, RESTPOINT_URL: url, RESTPOINT_TOKEN: token }
    const running = promisify(execFile)(process.execPath, ['sample.mjs'], { cwd: folder, env, timeout: 60_000 })
    meanwhile(running.child)
    return (await running).stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('the example takes, restores, undoes and deletes in ten lines', async t => {
  const service = await openService(t)
  await service.client().servers.start(service.serverId, { waitSeconds: 30 })
  const text = example?.text ?? ''
  assert.ok(text.trim().split('\n').length <= 10)
  const told = (await run(text, service)).trim().split('\n')
  assert.deepEqual(told.slice(-2), ['null 1', 'web-server-01 active'])
  const kinds = (await service.client().operations.list()).results.map(({ kind, status }) => `${kind} ${status}`)
  const done = ['server_undo', 'snapshot_restore', 'snapshot_create', 'server_start'].map(kind => `${kind} completed`)
  assert.deepEqual(
    kinds.filter(kind => !kind.startsWith('merge')),
    done,
  )
  assert.equal((await service.client().snapshots.list()).count, 0)
})

test('the dry run', async t => {
  const service = await openService(t)
  await service.completed('one')
  const tell = 'console.log(possible, blockers, typeof frees.bytes)'
  assert.equal(await run(`${head}\n${dryRun?.text}${tell}`, service), 'true [] number\n')
})

test('the iteration', async t => {
  const service = await openService(t)
  for (const name of ['one', 'two']) await service.completed(name)
  assert.equal(await run(`${head}\n${iteration?.text}`, service), 'two\none\n')
})

test('the events', async t => {
  const service = await openService(t, { hears: true, engine: false })
  let said = ''
  await run(`${head}\n${watching?.text}`, service, child => {
    child.stdout?.on('data', async piece => {
      said += piece
      if (said === '0 running\n') await service.client().tokens.create({ name: 'one', permissions: ['servers:read'] })
      else child.kill()
    })
  }).catch(() => {})
  assert.match(said, /^0 running\ntoken \d+ created \n$/)
})

test('it names all options, nouns and errors', () => {
  const [options] = tablesOf(sectionOf(readme, 'Calls'))
  const known = [...callOptions, ...postOptions, ...startOptions].map(name => `\`${name}\``)
  assert.deepEqual(options?.rows.map(([name]) => name).sort(), known.sort())
  const [errors] = tablesOf(sectionOf(readme, 'Errors'))
  const classes = Object.keys(sdk).filter(name => name.endsWith('Error'))
  assert.deepEqual(errors?.rows.map(([name]) => name).sort(), classes.map(name => `\`${name}\``).sort())
  const { dryRun: _, ...nouns } = new sdk.Restpoint({ url: 'http://host' })
  assert.ok(
    sectionOf(readme, 'Calls').includes(
      Object.keys(nouns)
        .map(noun => `\`${noun}\``)
        .join(', '),
    ),
  )
})
