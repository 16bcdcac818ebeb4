import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Gate } from '../../src/db/gate.ts'

/** Work that ends when it is told to, and a log of what has begun. */
function workshop() {
  const gate = new Gate()
  const begun: string[] = []
  const start = (name: string, alone: boolean) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const done = gate.pass(alone, () => {
      begun.push(name)
      return promise
    })
    return { done, end: resolve, fail: reject }
  }
  const soon = () => new Promise(setImmediate)
  return { begun, start, soon }
}

test('many are together; who wants to be alone waits for them, and those who come later for that one', async () => {
  const { begun, start, soon } = workshop()
  const [a, b] = [start('a', false), start('b', false)]
  const alone = start('alone', true)
  const later = start('later', false)
  await soon()
  assert.deepEqual(begun, ['a', 'b'])
  a.end()
  await soon()
  assert.deepEqual(begun, ['a', 'b'])
  b.end()
  await soon()
  assert.deepEqual(begun, ['a', 'b', 'alone'])
  alone.end()
  await soon()
  assert.deepEqual(begun, ['a', 'b', 'alone', 'later'])
  later.end()
  await Promise.all([a, b, alone, later].map(work => work.done))
})

test('two that want to be alone are one after the other, also when the first fails', async () => {
  const { begun, start, soon } = workshop()
  const [first, second] = [start('first', true), start('second', true)]
  await soon()
  assert.deepEqual(begun, ['first'])
  first.fail(new Error('failed'))
  await assert.rejects(first.done, /failed/)
  await soon()
  assert.deepEqual(begun, ['first', 'second'])
  second.end()
  await second.done
})
