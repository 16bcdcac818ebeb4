/**
 * API6:2023, unrestricted access to sensitive business flows. What a script could do too often here is to make things that
 * cost the host: servers, snapshots, bytes. Each is bounded by its account's quota, however many requests come at once
 * (packages/server/test/accounts/quotas.test.ts, snapshots/limit.test.ts). Here: many tokens are no way around it.
 */
import assert from 'node:assert/strict'
import { openWorld } from '../../packages/server/test/http/harness.ts'
import { plan, waiting } from '../../packages/server/test/servers/support.ts'
import { test } from '../../packages/server/test/support/databases.ts'

test('ten tokens of one account have one quota', async t => {
  const world = await openWorld(t)
  const quota = { servers: 2, snapshots_per_server: 1 }
  const { body: account } = await world.post('accounts/', { email: 'many@example.com', quota })
  const first = account.token.token as string
  const tokens = await Promise.all(
    Array.from({ length: 10 }, async (_, n) => {
      const permissions = ['servers:write', 'snapshots:write']
      return (await world.post('tokens/', { name: `t${n}`, permissions }, { token: first })).body.token as string
    }),
  )
  const servers = await Promise.all(
    tokens.map(token => world.post('servers/', { name: 'web', image_id: 1, plan }, { token, ...waiting })),
  )
  const made = servers.filter(({ status }) => status === 201)
  assert.equal(made.length, 2)
  for (const { status, body } of servers) if (status !== 201) assert.equal(body.code, 'quota_exceeded')
  const server_id = made[0]?.body.id
  const snapshots = await Promise.all(
    tokens.map(token => world.post('snapshots/', { server_id, name: 'one' }, { token, ...waiting })),
  )
  assert.equal(snapshots.filter(({ status }) => status === 201).length, 1)
  // Whoever has used it up cannot raise it.
  assert.equal(
    (await world.call(`accounts/${account.id}/`, { method: 'PATCH', token: first, body: { quota: {} } })).status,
    403,
  )
})
