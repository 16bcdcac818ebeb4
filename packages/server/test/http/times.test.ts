import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromTime, toTime } from '../../src/http/times.ts'

test('whole seconds, cut and not rounded', () => {
  assert.equal(toTime(Date.UTC(2025, 0, 15, 18, 30, 0, 999)), '2025-01-15T18:30:00Z')
})

test('read back', () => assert.equal(fromTime('2025-01-15T18:30:00Z'), Date.UTC(2025, 0, 15, 18, 30)))
test('fractions of a second are read', () => {
  assert.equal(fromTime('2025-01-15T18:30:00.250Z'), Date.UTC(2025, 0, 15, 18, 30, 0, 250))
})

for (const text of [
  '2025-02-30T00:00:00Z',
  '2025-01-15T18:30:00',
  '2025-01-15T18:30:00+01:00',
  '2025-01-15',
  'soon',
  '',
]) {
  test(`no time: "${text}"`, () => assert.equal(fromTime(text), undefined))
}
