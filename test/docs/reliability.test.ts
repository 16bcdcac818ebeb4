/** docs/reliability.md is written by a run of `npm run test:faults`; here: that it is of what is there now. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testedOn } from '../../packages/server/src/setup/tested.ts'
import { bugs } from '../faults/mutants/bugs.ts'
import { files } from '../faults/named/files.ts'
import { parts } from '../faults/parts.ts'
import { readPage, sectionOf, tablesOf } from './markdown.ts'

const page = readPage('docs/reliability.md')
const measured = sectionOf(page, 'Measured')
const [sum, faults, planted] = tablesOf(measured)

test('the page tells of every part that there is, and of no other', () => {
  const told = tablesOf(sectionOf(page, 'How'))[0]?.rows.map(([name]) => name) ?? []
  assert.deepEqual(new Set(told), new Set(parts.map(({ name }) => name.split(' ')[0])))
})

test('every bug that is planted now was planted, and caught', () => {
  assert.deepEqual(planted?.rows.map(([name]) => name).sort(), bugs.map(({ name }) => name).sort())
  for (const [name, caughtBy = ''] of planted?.rows ?? []) assert.doesNotMatch(caughtBy, /\*\*nothing\*\*/, name)
})

test('every fault that has a test of its own was tried', () => {
  const tried = new Set(faults?.rows.map(([fault]) => fault))
  for (const { fault } of files) assert.ok(tried.has(fault), fault)
})

test('nothing was lost, and as much was tried as is promised', () => {
  const count = (pattern: RegExp) => {
    const row = sum?.rows.find(([what = '']) => pattern.test(what))
    assert.ok(row, String(pattern))
    return { tried: Number.parseInt(row[0] ?? '', 10), wrong: Number.parseInt(row[1] ?? '', 10) }
  }
  const promised = [
    [/ faults, /, 500],
    [/ kills /, 100],
    [/ bugs planted /, 16],
    [/ bad inputs/, 300],
  ] as const
  for (const [pattern, least] of promised) {
    const { tried, wrong } = count(pattern)
    assert.ok(tried >= least, `${pattern}: ${tried}`)
    assert.equal(wrong, 0, String(pattern))
  }
  for (const [fault, , , tried, lost] of faults?.rows ?? []) {
    assert.ok(Number(tried) > 0, fault)
    assert.equal(lost, '0', fault)
  }
})

test('it ran on a system and a QEMU that the service gives no warning on', () => {
  const known = testedOn.some(({ system, qemu }) => measured.includes(system) && measured.includes(`QEMU ${qemu}`))
  assert.ok(known)
})
