import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld } from '../http/harness.ts'

test('account/me: exactly the documented keys, a date and not a time', async t => {
  const world = await openWorld(t, { engine: false })
  const token = await world.tokenWith('snapshots:read', 'servers:read')
  const { status, body } = await world.call('account/me/', { token })
  assert.equal(status, 200)
  assert.deepEqual(body, {
    account: {
      email: 'owner@example.com',
      first_name: 'Ada',
      last_name: 'owner',
      company_name: 'Example Ltd',
      created_at: new Date(world.now()).toISOString().slice(0, 10),
    },
    token: { name: 'test', permissions: ['snapshots:read', 'servers:read'] },
  })
})
