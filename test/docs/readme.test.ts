/** What the pages say of commands, settings and routes, held against the code. The samples: readme-samples.test.ts. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { ConfigError, readConfig, settingsSchema } from '../../packages/server/src/config.ts'
import { testedOn } from '../../packages/server/src/setup/tested.ts'
import { blocksOf, codeOf, pages, projectFolder, readPage, sectionOf, tablesOf } from './markdown.ts'

const readme = readPage('README.md')
const root = { isRoot: true, home: '/root' }
const user = { isRoot: false, home: '/home/ada' }

interface Command {
  readonly debian: readonly { readonly name: string }[]
}
const { commands } = (await import(
  pathToFileURL(path.join(projectFolder, 'scripts/lib/commands.mjs')).href
)) as unknown as { commands: Record<string, Command> }

test('every npm script that a page names is there', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(projectFolder, 'package.json'), 'utf8'))
  const named = pages.flatMap(page =>
    [...readPage(page).matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(match => match[1] ?? match[2] ?? ''),
  )
  assert.ok(named.includes('start') && named.includes('test') && named.includes('conformance'))
  for (const name of named) {
    assert.ok(Object.hasOwn(scripts, name), `package.json has no script "${name}"`)
    assert.ok(Object.hasOwn(commands, name), `scripts/boot.mjs has no command "${name}"`)
  }
})

test('the README names the Debian packages that the two commands install', () => {
  const named = [...sectionOf(readme, 'Two commands').matchAll(/these Debian packages: ([^.]+)\./g)]
    .flatMap(match => (match[1] ?? '').split(/,\s+/))
    .map(codeOf)
  const wanted = [...(commands['start']?.debian ?? []), ...(commands['test']?.debian ?? [])].map(({ name }) => name)
  assert.deepEqual(named.sort(), [...new Set(wanted)].sort())
})

test('the README names the Debian packages that the test with a real Debian needs beyond those', () => {
  const named = [...sectionOf(readme, 'Tested on').matchAll(/it needs these: ([^.]+)\./g)]
    .flatMap(match => (match[1] ?? '').split(/,\s+/))
    .map(codeOf)
  const known = new Set((commands['test']?.debian ?? []).map(({ name }) => name))
  const wanted = (commands['test:distro']?.debian ?? []).map(({ name }) => name).filter(name => !known.has(name))
  assert.deepEqual(named.sort(), wanted.sort())
})

test('the README lists every setting with its default', () => {
  const rows = tablesOf(sectionOf(readme, 'Settings'))[0]?.rows ?? []
  const schemas = Object.entries(settingsSchema.properties) as [string, { default?: unknown }][]
  assert.deepEqual(
    rows.map(row => codeOf(row[0])),
    schemas.map(([name]) => name),
  )
  for (const [name, schema] of schemas) {
    const told = rows.find(row => codeOf(row[0]) === name)?.[1]
    if (schema.default !== undefined) assert.equal(codeOf(told), String(schema.default), name)
  }
  const own = readConfig({}, root).stateDir
  const usual = readConfig({}, user).stateDir.replace(user.home, '~')
  const told = rows.find(row => codeOf(row[0]) === 'RESTPOINT_STATE_DIR')?.[1]
  assert.equal(told, `\`${own}\` as root, else \`${usual}\``)
})

test('no page names a variable that is none', () => {
  const named = new Set(pages.flatMap(page => readPage(page).match(/\bRESTPOINT_[A-Z_]+\b/g) ?? []))
  assert.ok(named.size >= Object.keys(settingsSchema.properties).length)
  for (const name of named) {
    const unknown = problemsOf({ [name]: 'x' }).filter(problem => problem.includes('is not a setting'))
    assert.deepEqual(unknown, [])
  }
})

test('the systems it was tested on are those that the service gives no warning on', () => {
  const rows = tablesOf(sectionOf(readme, 'Tested on'))[0]?.rows ?? []
  assert.equal(rows.length, testedOn.length)
  for (const [index, { system, qemu }] of testedOn.entries()) {
    assert.equal(rows[index]?.[0], system)
    assert.ok(rows[index]?.[1]?.startsWith(`${qemu}.`), `${rows[index]?.[1]} is not a QEMU ${qemu}`)
  }
})

test('the README lists every route of the API, and no other', () => {
  const rows = tablesOf(sectionOf(readme, 'The API'))[0]?.rows ?? []
  assert.deepEqual(rows.map(row => codeOf(row[0])).sort(), [...routes()].sort())
})

test('every route that another page names is there', () => {
  const known = new Set([...routes()].map(route => route.replace('/api/v1', '')))
  const named = pages.flatMap(page =>
    [...readPage(page).matchAll(/`((?:GET|POST|PATCH|DELETE) \/[^`?]*)/g)].map(match => match[1]?.trim() ?? ''),
  )
  const unknown = named.filter(route => !known.has(route.replace('/api/v1', '').replace(/\/1\//, '/{server_id}/')))
  assert.deepEqual(unknown, [])
})

test('the first lines to paste fit a service with the default settings', () => {
  const [first] = blocksOf(sectionOf(readme, 'The first five minutes'))
  const { listen, stateDir } = readConfig({}, root)
  assert.equal(
    first?.text,
    `export RESTPOINT_URL=http://${listen.host}:${listen.port}\nexport RESTPOINT_TOKEN="$(cat ${stateDir}/admin-token)"\n`,
  )
  const usual = readConfig({}, user).stateDir.replace(user.home, '~')
  assert.ok(sectionOf(readme, 'The first five minutes').includes(`\`${usual}/admin-token\``))
})

function routes(): Set<string> {
  const document = JSON.parse(readFileSync(path.join(projectFolder, 'docs/openapi.json'), 'utf8'))
  const found = new Set<string>(['GET /openapi.json'])
  for (const [route, methods] of Object.entries<object>(document.paths)) {
    for (const method of Object.keys(methods)) found.add(`${method.toUpperCase()} ${route}`)
  }
  return found
}

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env, root)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.problems
  }
  return []
}
