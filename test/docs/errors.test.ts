import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue, Failure } from '../../packages/server/src/errors.ts'
import { problemOf } from '../../packages/server/src/http/problem.ts'
import { blocksOf, codeOf, readPage, tablesOf } from './markdown.ts'

const page = readPage('docs/errors.md')

test('the page lists every code of the catalogue, in its order, with its status, title and remedy', () => {
  const rows = tablesOf(page).flatMap(table => table.rows)
  const told = rows.map(([code, status, title, , remedy]) => [codeOf(code), status, title, remedy])
  const meant = Object.entries(catalogue).map(([code, entry]) => [code, `${entry.status}`, entry.title, entry.remedy])
  assert.deepEqual(told, meant)
})

test('it says of every code when it comes', () => {
  for (const [code, , , when = ''] of tablesOf(page).flatMap(table => table.rows)) assert.match(when, /\.$/, code)
})

test('its example is what the service answers', () => {
  const failure = new Failure('snapshot_limit_reached', 'Server 1 has 5 snapshots; the limit is 5.')
  assert.deepEqual(JSON.parse(blocksOf(page)[0]?.text ?? ''), problemOf(failure))
})
