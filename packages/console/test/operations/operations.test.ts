/** What is shown of operations: a progress that never falls, and each end once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from '@restpoint/sdk/source'
import fc from 'fast-check'
import { isBegun, newlyEnded } from '../../src/operations/endings.ts'
import { risen } from '../../src/operations/progress.ts'

const operation = (id: number, status: Operation['status']): Operation => ({
  id,
  status,
  kind: 'snapshot_create',
  step: null,
  progress: 0,
  attempts: 1,
  waits_for: null,
  server: null,
  snapshot_id: null,
  image_id: null,
  error: null,
  created_at: '2026-01-01T00:00:00Z',
  started_at: null,
  ended_at: null,
})

test('a progress never falls, and is all only when it is completed', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1, max: 2 }), { minLength: 1 }), told => {
      const known = new Map<number, number>()
      const shown = told.map(progress => risen({ id: 1, status: 'running', progress }, known))
      assert.deepEqual(
        shown,
        shown.toSorted((a, b) => a - b),
      )
      assert.ok(shown.every(progress => progress >= 0 && progress < 1))
      assert.equal(risen({ id: 1, status: 'completed', progress: 0.2 }, known), 1)
    }),
  )
})

test('an end is told once, and what had ended before one looked is nobody’s news', () => {
  const known = new Set<number>()
  assert.deepEqual(newlyEnded([operation(1, 'completed'), operation(2, 'running')], known), [])
  assert.deepEqual(
    newlyEnded([operation(1, 'completed'), operation(2, 'failed')], known).map(({ id }) => id),
    [2],
  )
  assert.deepEqual(newlyEnded([operation(2, 'failed')], known), [])
})

test('what was begun here is told also if it had ended before one looked', () => {
  isBegun({ operationId: 5 })
  assert.deepEqual(
    newlyEnded([operation(5, 'completed')]).map(({ id }) => id),
    [5],
  )
  assert.deepEqual(newlyEnded([operation(5, 'completed')]), [])
})
