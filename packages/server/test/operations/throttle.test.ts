import assert from 'node:assert/strict'
import { test } from 'node:test'
import { throttled } from '../../src/operations/throttle.ts'

test('the first at once, then the newest when it is time, and the last always', t => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
  const told: [number, number][] = []
  const tell = throttled<number>(250, Date.now, value => void told.push([Date.now() - 1_000_000, value]))
  for (let value = 1; value <= 1000; value++) {
    tell(value)
    t.mock.timers.tick(1)
  }
  t.mock.timers.tick(10_000)
  assert.deepEqual(told, [
    [0, 1],
    [250, 250],
    [500, 500],
    [750, 750],
    [1000, 1000],
  ])
})

test('a clock that is set back holds nothing up', () => {
  let now = 5000
  const told: string[] = []
  const tell = throttled<string>(
    250,
    () => now,
    value => void told.push(value),
  )
  tell('first')
  now = 10
  tell('second')
  assert.deepEqual(told, ['first', 'second'])
})
