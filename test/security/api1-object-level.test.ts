/**
 * API1:2023, broken object level authorization. That nobody reaches, changes or learns of what another account has, over
 * every operation and every id, is proven by packages/server/test/accounts/nobody-elses.test.ts, on both databases. Here:
 * what a deleted account had does not come into the hands of whoever comes after it.
 */
import assert from 'node:assert/strict'
import { openWorld } from '../../packages/server/test/http/harness.ts'
import { plan, waiting } from '../../packages/server/test/servers/support.ts'
import { test } from '../../packages/server/test/support/databases.ts'

test('an id is never given twice: what an account had is nobody’s when it is gone', async t => {
  const world = await openWorld(t)
  const join = async (email: string) => {
    const { body: account } = await world.post('accounts/', { email })
    const token = account.token.token as string
    const { body: server } = await world.post(
      'servers/',
      { name: 'web', image_id: 1, plan },
      { token, headers: waiting.headers },
    )
    const { body: snapshot } = await world.post(
      'snapshots/',
      { server_id: server.id, name: 'one' },
      { token, headers: waiting.headers },
    )
    const paths = [`servers/${server.id}/`, `snapshots/${snapshot.id}/`, `operations/${snapshot.operation_id ?? 1}/`]
    return { id: account.id as number, token, server: server.id as number, paths }
  }
  const gone = await join('gone@example.com')
  for (const path of gone.paths.slice(0, 2)) assert.equal((await world.call(path, { token: gone.token })).status, 200)
  const removed = await world.call(`servers/${gone.server}/?with_snapshots=true`, {
    method: 'DELETE',
    token: gone.token,
  })
  assert.equal(removed.status, 204, removed.text)
  assert.equal((await world.call(`accounts/${gone.id}/`, { method: 'DELETE' })).status, 204)

  const next = await join('next@example.com')
  assert.ok(next.id > gone.id && next.server > gone.server)
  for (const path of gone.paths) {
    const never = await world.call(path.replace(/\d+/, '7777777'), { token: next.token })
    const { status, text } = await world.call(path, { token: next.token })
    assert.deepEqual([path, status, text], [path, never.status, never.text])
  }
  // Nor is it theirs any more whose it was.
  for (const path of gone.paths) assert.equal((await world.call(path, { token: gone.token })).status, 401)
})
