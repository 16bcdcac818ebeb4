import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grants, permissions } from '../../src/domain/permissions.ts'

test('a permission grants itself and nothing else', () => {
  for (const held of permissions.filter(permission => permission !== 'admin')) {
    for (const wanted of permissions) assert.equal(grants([held], wanted), held === wanted, `${held} → ${wanted}`)
  }
})

test('admin grants everything, none grants nothing', () => {
  for (const wanted of permissions) {
    assert.equal(grants(['admin'], wanted), true)
    assert.equal(grants([], wanted), false)
  }
})
