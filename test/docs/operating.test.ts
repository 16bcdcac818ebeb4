/** What the page for operators says, held against the code. Settings, routes and links: readme.test.ts, links.test.ts. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { readConfig } from '../../packages/server/src/config.ts'
import { imageStatuses } from '../../packages/server/src/domain/images.ts'
import { serverStatuses } from '../../packages/server/src/domain/servers.ts'
import { snapshotStatuses } from '../../packages/server/src/domain/snapshots.ts'
import { operationStatuses } from '../../packages/server/src/operations/schemas.ts'
import { blocksOf, codeOf, projectFolder, readPage, sectionOf, tablesOf } from './markdown.ts'

const page = readPage('docs/operating.md')
const root = { isRoot: true, home: '/root' }
const sources = globSync('packages/server/src/**/*.ts', { cwd: projectFolder })
const code = sources.map(file => readFileSync(path.join(projectFolder, file), 'utf8')).join('\n')

const tables: Record<string, readonly string[]> = {
  Servers: serverStatuses,
  Snapshots: snapshotStatuses,
  Images: imageStatuses,
  Operations: operationStatuses,
}
for (const [title, statuses] of Object.entries(tables)) {
  test(`it explains every status of ${title.toLowerCase()}, and no other`, () => {
    const [table] = tablesOf(sectionOf(page, title))
    assert.deepEqual(table?.rows.map(row => codeOf(row[0])).sort(), [...statuses].sort())
    for (const [status, meaning = ''] of table?.rows ?? []) assert.match(meaning, /\.$/, status)
  })
}

test('it explains every check of /readyz', () => {
  const [table] = tablesOf(sectionOf(page, 'Logs and health'))
  const [ready = ''] = /ready: async \(\) => \{.*?\n {4}\}/s.exec(code) ?? []
  const inMain = [...ready.matchAll(/(\w+): (?!Object)\w+\.\w+/g)].map(match => match[1])
  assert.deepEqual(table?.rows.map(row => codeOf(row[0])).sort(), ['database', ...inMain].sort())
})

test('the files that it installs are there, and so are their places in the table of units', () => {
  const named = [...page.matchAll(/\bdeploy\/([\w.-]+\w)/g)].map(match => match[1] as string)
  assert.ok(named.length > 5)
  for (const name of named) assert.ok(existsSync(path.join(projectFolder, 'deploy', name)), name)
  const [units] = tablesOf(sectionOf(page, 'Install'))
  assert.deepEqual(
    units?.rows.map(row => codeOf(row[0])).sort(),
    globSync('*.service', { cwd: path.join(projectFolder, 'deploy') }).sort(),
  )
})

test('the packages that it installs are those that a service needs, without the demo server', async () => {
  const { commands } = (await import(
    pathToFileURL(path.join(projectFolder, 'scripts/lib/commands.mjs')).href
  )) as unknown as { commands: Record<string, { debian: { name: string }[] }> }
  const [, list = ''] = /apt-get install --no-install-recommends (.*)/.exec(page) ?? []
  const installed = list.split(' ').filter(name => name !== 'npm')
  const forDemo = ['busybox-static', 'e2fsprogs']
  const wanted = commands['start']?.debian.map(({ name }) => name).filter(name => !forDemo.includes(name))
  // UEFI is for those who want it; the page is for those who may.
  assert.deepEqual(installed.sort(), [...new Set([...(wanted ?? []), 'ovmf'])].sort())
})

test('the settings that it gives are understood', () => {
  const [block] = blocksOf(sectionOf(page, 'TLS')).filter(({ language }) => language === 'sh')
  const [name = '', value = ''] = block?.text.trim().split('=') ?? []
  assert.deepEqual(readConfig({ [name]: value }, root).trustedProxies, ['127.0.0.1'])
})

test('both proxies lead to where the service listens', () => {
  const { host, port } = readConfig({}, root).listen
  for (const language of ['nginx', 'caddy']) {
    const [block] = blocksOf(page).filter(one => one.language === language)
    assert.ok(block?.text.includes(`${host}:${port}`), language)
  }
})

test('every name of ours that it mentions is in the code', () => {
  const named = [...page.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].map(match => match[1] as string)
  assert.ok(named.length > 10)
  assert.deepEqual(
    named.filter(name => !new RegExp(`\\b${name}\\b`).test(code)),
    [],
  )
})
