/** Numbers, sizes and times in each language. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { languageOf } from '@restpoint/docs/languages'
import { GIB, MIB, number, percent, size } from '../src/format/numbers.ts'
import { day, duration, exact, relative } from '../src/format/times.ts'

const of = (code: string) => languageOf(code) ?? assert.fail(code)
const NOW = Date.parse('2026-11-21T18:30:00Z')
const before = (seconds: number) => new Date(NOW - seconds * 1000).toISOString()

test('numbers have the digits that the language is written with', () => {
  assert.deepEqual(
    ['en', 'es', 'ar', 'ne', 'ig'].map(code => number(of(code), 12_345)),
    ['12,345', '12.345', '12,345', '१२,३४५', '12,345'],
  )
})

test('sizes have the unit that keeps them short', () => {
  const sizes: [number, string][] = [
    [0, '0 B'],
    [1023, '1,023 B'],
    [1024, '1 KB'],
    [340 * MIB, '340 MB'],
    [1023.7 * MIB, '1 GB'],
    [1.25 * GIB, '1.3 GB'],
    [20 * GIB, '20 GB'],
    [120.4 * GIB, '120 GB'],
    [5000 * GIB, '4.9 TB'],
  ]
  for (const [bytes, said] of sizes) assert.equal(size(of('en'), bytes).replace('\u00a0', ' '), said)
  assert.equal(size(of('ne'), 1.5 * GIB), '१.५\u00a0GB')
})

test('a share is whole only when it is all', () => {
  assert.deepEqual(
    [0, 0.123, 0.999, 1].map(fraction => percent(of('en'), fraction)),
    ['0%', '12%', '99%', '100%'],
  )
})

test('relative times go back and forth, and clocks may differ a little', () => {
  const said = (code: string, seconds: number) => relative(of(code), before(seconds), NOW)
  assert.deepEqual(
    [3, -3, 42, 120, 7_000, -10_800, 90_000, 40 * 86_400, 800 * 86_400].map(seconds => said('en', seconds)),
    [
      'now',
      'now',
      '42 seconds ago',
      '2 minutes ago',
      '1 hour ago',
      'in 3 hours',
      '1 day ago',
      '1 month ago',
      '2 years ago',
    ],
  )
  assert.equal(said('ar', 180), 'قبل 3 دقائق')
  assert.equal(said('ne', 180), '३ मिनेट पहिले')
})

test('Igbo, of which Intl knows nothing, has words of its own', () => {
  const said = (seconds: number) => relative(of('ig'), before(seconds), NOW)
  assert.deepEqual([0, 120, -10_800].map(said), ['ugbu a', 'nkeji 2 gara aga', "n'ime awa 3"])
  assert.match(exact(of('ig'), before(0)), /^2026-11-2[12] \d\d:30:00 [+-]\d\d:\d\d$/)
})

test('Nepali, of which Chromium knows nothing, has words of its own', () => {
  const said = (seconds: number) => relative(of('ne'), before(seconds), NOW)
  assert.deepEqual([0, 120, -10_800].map(said), ['अहिले', '२ मिनेट पहिले', '३ घण्टामा'])
  assert.match(exact(of('ne'), before(0)), /^२०२६-११-२[१२] [०-९]{2}:३०:०० [+-][०-९]{2}:[०-९]{2}$/)
  assert.deepEqual([number(of('ne'), 1_234_567), percent(of('ne'), 0.42)], ['१२,३४,५६७', '४२%'])
  assert.equal(day(of('ne'), '2025-01-15'), '२०२५-०१-१५')
})

test('how long something takes', () => {
  const said = [0.25, 4.2, 12, 59.7, 200, 240].map(seconds => duration(of('en'), seconds).replaceAll('\u00a0', ' '))
  assert.deepEqual(said, ['0.25 s', '4.2 s', '12 s', '1 min', '3 min 20 s', '4 min'])
})
