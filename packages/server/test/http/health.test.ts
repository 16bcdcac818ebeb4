import assert from 'node:assert/strict'
import { test } from '../support/databases.ts'
import { openWorld } from './harness.ts'

test('alive and ready, without a token', async t => {
  const world = await openWorld(t, { engine: false })
  const alive = await world.call('/healthz', { token: null })
  assert.deepEqual([alive.status, alive.body], [200, { status: 'ok' }])
  const ready = await world.call('/readyz', { token: null })
  assert.deepEqual(
    [ready.status, ready.body],
    [200, { status: 'ready', checks: { database: true, state_folder: true } }],
  )
})

test('alive but not ready', async t => {
  const world = await openWorld(t, { engine: false })
  Object.assign(world.ready, { ok: false, checks: { state_folder: false } })
  const { status, body } = await world.call('/readyz', { token: null })
  assert.deepEqual([status, body], [503, { status: 'unavailable', checks: { database: true, state_folder: false } }])
  assert.equal((await world.call('/healthz', { token: null })).status, 200)
})
