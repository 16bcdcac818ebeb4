/** What `npm pack` makes, used outside of this checkout: by plain Node, by TypeScript, and in a browser. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { needs } from '../../../test/support/needs.ts'
import { openService } from './support/service.ts'

const execute = promisify(execFile)
const packageFolder = path.resolve(import.meta.dirname, '..')
const tsc = path.resolve(packageFolder, '../../node_modules/typescript/bin/tsc')
const skip = needs('npm')

/** The folder of a project that has installed the package, and nothing else. */
let project = ''
let installed = ''

before(async () => {
  if (skip) return
  project = await mkdtemp(path.join(tmpdir(), 'restpoint-sdk-'))
  installed = path.join(project, 'node_modules/@restpoint/sdk')
  const npm = (cwd: string, ...args: string[]) =>
    execute('npm', [...args, '--no-audit', '--no-fund', '--cache', path.join(project, 'cache')], { cwd })
  await npm(packageFolder, 'pack', '--pack-destination', project)
  await writeFile(path.join(project, 'package.json'), '{ "private": true, "type": "module" }')
  await npm(project, 'install', '--offline', './restpoint-sdk-0.1.0.tgz')
})
after(() => rm(project || path.join(tmpdir(), 'none'), { recursive: true, force: true }))

const script = `
import { Restpoint, RestpointError } from '@restpoint/sdk'

const restpoint = new Restpoint({ url: process.env.RESTPOINT_URL, token: process.env.RESTPOINT_TOKEN })
const [server] = (await restpoint.servers.list()).results
const started = await restpoint.snapshots.create({ server_id: server.id, name: 'packed' })
const { status } = await restpoint.waitFor(started)
const code = await restpoint.snapshots.restore(999).catch(error => error instanceof RestpointError && error.code)
console.log(status, code)
`

test('it holds what it needs and nothing of ours', { skip }, async () => {
  const manifest = JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8'))
  assert.deepEqual([manifest.dependencies, manifest.peerDependencies], [undefined, undefined])
  assert.deepEqual((await readdir(installed)).sort(), ['README.md', 'dist', 'package.json', 'src'])
  assert.deepEqual(await readdir(path.join(project, 'node_modules/@restpoint')), ['sdk'])
  let bytes = 0
  for (const file of await readdir(path.join(installed, 'dist'), { recursive: true })) {
    if (!file.endsWith('.js')) continue
    const text = await readFile(path.join(installed, 'dist', file), 'utf8')
    bytes += text.length
    for (const [, specifier = ''] of text.matchAll(/from '([^']+)'/g))
      assert.match(specifier, /^\.{1,2}\/.*\.js$/, file)
    assert.doesNotMatch(text, /\bprocess\.|\bBuffer\b|\brequire\(/, file)
  }
  assert.ok(bytes > 10_000 && bytes < 60_000, `${bytes} bytes of JavaScript`)
})

for (const node of nodes()) {
  test(`a script runs with ${node}`, { skip }, async t => {
    const service = await openService(t)
    await writeFile(path.join(project, 'script.mjs'), script)
    const env = { ...process.env, RESTPOINT_URL: service.url, RESTPOINT_TOKEN: service.token }
    const { stdout, stderr } = await execute(node, ['script.mjs'], { cwd: project, env })
    assert.deepEqual([stdout, stderr], ['completed not_found\n', ''])
  })
}

/** Each line with what TypeScript says of it; nothing where it is right. */
const lines: Record<string, string> = {
  "import { Restpoint, RestpointError, type Operation, type Snapshot } from '@restpoint/sdk'": '',
  "const restpoint = new Restpoint({ url: 'http://host', token: 'rp_x' })": '',
  'const servers = await restpoint.servers.list({ status: undefined, limit: 3 })': '',
  'const names: string[] = servers.results.map(({ name }) => name)': '',
  "const { body, operationId } = await restpoint.snapshots.create({ server_id: 1, name: 'x' }, { waitSeconds: 3 })": '',
  'const size: number | null = body.size_mb': '',
  'const ended: Operation = await restpoint.waitFor(operationId, { onProgress: ({ progress }) => progress.toFixed() })':
    '',
  'for await (const snapshot of restpoint.snapshots.each()) names.push(((one: Snapshot) => one.name)(snapshot))': '',
  "export const isBusy = (error: unknown) => error instanceof RestpointError && error.code === 'server_busy'": '',
  "export const typo = (error: RestpointError) => error.code === 'server_bussy'": 'TS2367',
  "await restpoint.servers.list({ status: 'asleep' })": 'TS2322',
  'await restpoint.snapshots.create({ server_id: 1 })': 'TS2741',
  "await restpoint.snapshots.create({ server_id: 1, name: 'x' }, { consistancy: 'crash' })": 'TS2561',
  'await restpoint.servers.get(1, { idempotencyKey: false })': 'TS2353',
  'await restpoint.waitFor(body)': 'TS2345',
  "const dry: boolean = (await restpoint.dryRun.snapshots.create({ server_id: 1, name: 'x' })).possible": '',
  'const frees = (await restpoint.dryRun.servers.delete(1, { with_snapshots: true })).frees?.bytes': '',
  'await restpoint.dryRun.servers.list()': 'TS2339',
  'await restpoint.dryRun.servers.update(1, {})': 'TS2339',
  'await restpoint.servers.delete(1, { dry_run: true })': 'TS2353',
  'console.log(dry, frees, names, size, ended, isBusy, typo)': '',
}

test('TypeScript knows what is right and what is wrong', { skip }, async () => {
  const folder = path.join(project, 'consumer')
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'consumer.ts'), `${Object.keys(lines).join('\n')}\n`)
  const compilerOptions = { strict: true, module: 'nodenext', target: 'es2022', lib: ['es2023', 'dom'], types: [] }
  const options = { ...compilerOptions, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true }
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }))
  const { stdout } = await execute(process.execPath, [tsc, '--pretty', 'false', '-p', folder]).catch(error => error)
  const told = [...stdout.matchAll(/^(.+?)\((\d+),\d+\): error (TS\d+)/gm)].map(match => match.slice(1).join(' '))
  const expected = Object.values(lines).flatMap((code, index) =>
    code === '' ? [] : [`consumer.ts ${index + 1} ${code}`],
  )
  assert.deepEqual(
    told.map(line => path.basename(line)),
    expected,
    stdout,
  )
})

const page = `<!doctype html><script type="importmap">{ "imports": { "@restpoint/sdk": "/dist/index.js" } }</script>
<script type="module">
import { Restpoint, RestpointError } from '@restpoint/sdk'
const told = []
try {
  const restpoint = new Restpoint({ url: location.origin, token: new URLSearchParams(location.hash.slice(1)).get('token') })
  const [server] = (await restpoint.servers.list()).results
  const { operationId } = await restpoint.snapshots.create({ server_id: server.id, name: 'from-a-browser' })
  told.push((await restpoint.waitFor(operationId)).status)
  told.push(await restpoint.snapshots.restore(999).catch(error => error instanceof RestpointError && error.code))
} catch (error) {
  told.push(String(error))
}
await fetch('/told', { method: 'POST', body: JSON.stringify(told) })
</script>`

test('a page of a browser uses it as it is', { skip: skip || needs('chromium') }, async t => {
  const service = await openService(t)
  const { promise: told, resolve } = Promise.withResolvers<unknown>()
  const server = createServer(async (incoming, outgoing) => {
    const { url = '/', method = 'GET', headers } = incoming
    if (url === '/told') {
      resolve(JSON.parse(Buffer.concat(await incoming.toArray()).toString()))
      outgoing.end()
    } else if (url.startsWith('/api/')) {
      incoming.pipe(
        request(service.url + url, { method, headers }, reply => {
          outgoing.writeHead(reply.statusCode ?? 0, reply.headers)
          reply.pipe(outgoing)
        }),
      )
    } else if (url.startsWith('/dist/')) {
      const file = path.join(installed, path.normalize(url))
      outgoing.setHeader('content-type', 'text/javascript')
      outgoing.end(await readFile(file, 'utf8'))
    } else outgoing.setHeader('content-type', 'text/html').end(page)
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/#token=${service.token}`
  const profile = path.join(project, 'profile')
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`, '--no-first-run']
  const browser = spawn('chromium', [...flags, url], { stdio: 'ignore', detached: true })
  const gone = new Promise<void>(done => browser.once('exit', () => done()))
  t.after(async () => {
    // With its renderers, which would write to the profile while it is removed.
    process.kill(-(browser.pid as number), 'SIGKILL')
    await gone
  })
  assert.deepEqual(await told, ['completed', 'not_found'])
})

/** This one, and others on the PATH that the package is meant for. */
function nodes(): string[] {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  const others = folders.map(folder => path.join(folder, 'node')).filter(file => existsSync(file))
  return [...new Set([process.execPath, ...others].map(file => realpathSync(file)))]
}
