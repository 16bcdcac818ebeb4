/** The small, fixed part of the model test. `node test/faults/model/main.ts --seed S` looks further. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { playAll } from './main.ts'

const SEED = 20261121

test('random requests, faults and restarts against the model', async () => {
  const { cells } = await playAll(SEED, true)
  assert.ok(cells.length > 5, `only ${cells.length} cells`)
  assert.deepEqual(
    cells.filter(({ lost }) => lost !== null),
    [],
  )
})
