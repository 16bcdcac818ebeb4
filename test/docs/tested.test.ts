/** docs/tested.md is written by a run of test/distro; here: that it is of what is there now. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { testedOn } from '../../packages/server/src/setup/tested.ts'
import { projectFolder, readPage, sectionOf, tablesOf } from './markdown.ts'

const page = readPage('docs/tested.md')

test('the page has every step that the test has, and no other', () => {
  const sources = globSync('test/distro/**/*.ts', { cwd: projectFolder }).map(file =>
    readFileSync(path.join(projectFolder, file), 'utf8'),
  )
  const titles = sources.flatMap(source => [...source.matchAll(/report\.step\(\s*'([^']+)'/g)].map(match => match[1]))
  assert.ok(titles.length > 10)
  const rows = tablesOf(sectionOf(page, 'What happened'))[0]?.rows ?? []
  assert.deepEqual(rows.map(row => row[0]).sort(), titles.sort())
})

test('it ran on a system and a QEMU that the service gives no warning on', () => {
  const facts = new Map(tablesOf(sectionOf(page, 'On what'))[0]?.rows.map(([name = '', value = '']) => [name, value]))
  const known = testedOn.some(
    ({ system, qemu }) => facts.get('Host')?.startsWith(`${system}.`) && facts.get('QEMU')?.startsWith(`${qemu}.`),
  )
  assert.ok(known, `${facts.get('Host')} with QEMU ${facts.get('QEMU')} is not in setup/tested.ts`)
})
