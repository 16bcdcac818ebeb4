/** Steps, times and sizes in words. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { codeOf, sectionOf, tablesOf } from '../../../test/docs/markdown.ts'
import { inTree } from '../src/commands/server/layers.ts'
import { cleaned } from '../src/terminal/clean.ts'
import { fields, table } from '../src/terminal/table.ts'
import { duration, size, when } from '../src/terminal/units.ts'
import { kindInWords, stepInWords, steps } from '../src/words.ts'

test('every kind of operation and each of its steps has words', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/operations.md'), 'utf8')
  const kinds = tablesOf(sectionOf(page, 'The kinds'))[0]?.rows.map(row => codeOf(row[0])) ?? []
  assert.ok(kinds.length > 8)
  assert.deepEqual(Object.keys(steps).sort(), kinds.toSorted())
  for (const kind of kinds) {
    const known = tablesOf(sectionOf(page, `\`${kind}\``))[0]?.rows.map(row => codeOf(row[0]))
    assert.deepEqual(Object.keys(steps[kind] ?? {}), known, kind)
    assert.notEqual(kindInWords(kind), kind)
  }
  assert.equal(stepInWords('merge', 'newer'), 'newer')
})

test('times are told from now', () => {
  const now = Date.parse('2026-01-15T12:00:00Z')
  const at = (seconds: number) => when(new Date(now + seconds * 1000).toISOString(), now)
  assert.deepEqual([-1, -30, -119, -7200, -86_400, -40 * 86_400, 3600, 2 * 365 * 86_400].map(at), [
    'just now',
    '30 seconds ago',
    '2 minutes ago',
    '2 hours ago',
    '1 day ago',
    '1 month ago',
    'in 1 hour',
    'in 2 years',
  ])
  assert.equal(when(null), null)
})

test('durations and sizes', () => {
  assert.deepEqual([0.256, 12.4, 60, 200].map(duration), ['0.26 s', '12 s', '1 min', '3 min 20 s'])
  assert.deepEqual([0, 1536, 10 * 2 ** 20, 2 ** 40].map(size), ['0 B', '1.5 KiB', '10 MiB', '1 TiB'])
  assert.equal(size(null), null)
})

test('columns stand under each other, and nothing follows the last', () => {
  const columns = [
    ['a', (row: string) => row],
    ['b', () => null],
  ] as const
  assert.deepEqual(table(['x', 'long'], columns, 'none'), ['A     B', 'x     -', 'long  -'])
  assert.deepEqual(table([], columns, 'none'), ['none'])
  assert.deepEqual(
    fields([
      ['One', 1],
      ['Gone', null],
      ['Longer', ''],
    ]),
    ['One  1'],
  )
})

test('control characters are taken out, however deep they are', () => {
  assert.deepEqual(cleaned({ a: ['x\x1b[31m', 1, null], b: { c: '\r\ny\x9b' } }), {
    a: ['x [31m', 1, null],
    b: { c: ' y ' },
  })
})

test('layers are told below what they stand on', () => {
  const layers = [
    [3, 1],
    [1, 9],
    [2, null],
    [4, 3],
  ].map(([id, parent_id]) => ({ id, parent_id }) as Parameters<typeof inTree>[0][number])
  assert.deepEqual(
    inTree(layers).map(({ depth, layer }) => [depth, layer.id]),
    [
      [0, 1],
      [1, 3],
      [2, 4],
      [0, 2],
    ],
  )
})
