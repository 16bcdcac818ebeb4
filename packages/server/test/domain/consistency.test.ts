import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { frozenThroughout } from '../../src/domain/consistency.ts'

test('a freeze held only if every file system that it froze was still there to thaw', () => {
  assert.equal(frozenThroughout(2, 2), true)
  assert.equal(frozenThroughout(2, 0), false)
  assert.equal(frozenThroughout(2, 1), false)
  assert.equal(frozenThroughout(1, 2), false)
})

test('nothing frozen proves nothing', () => {
  assert.equal(frozenThroughout(0, 0), false)
  fc.assert(fc.property(fc.integer({ max: 0 }), count => !frozenThroughout(count, count)))
})
