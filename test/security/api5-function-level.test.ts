/**
 * API5:2023, broken function level authorization. Which permission each operation needs is said here a second time, so
 * that a route which forgets it is found; an operation that is not in this table fails the test.
 */
import assert from 'node:assert/strict'
import { type Permission, permissions } from '../../packages/server/src/domain/permissions.ts'
import { openWorld } from '../../packages/server/test/http/harness.ts'
import { testOn } from '../../packages/server/test/support/databases.ts'
import { operations } from './support/document.ts'

const needed: Readonly<Record<string, Permission | null>> = {
  getMe: null,
  listSnapshots: 'snapshots:read',
  getSnapshot: 'snapshots:read',
  createSnapshot: 'snapshots:write',
  deleteSnapshot: 'snapshots:write',
  restoreSnapshot: 'snapshots:write',
  listServers: 'servers:read',
  getServer: 'servers:read',
  listLayers: 'servers:read',
  createServer: 'servers:write',
  changeServer: 'servers:write',
  deleteServer: 'servers:write',
  startServer: 'servers:write',
  stopServer: 'servers:write',
  rebootServer: 'servers:write',
  undoServer: 'servers:write',
  createTerminalTicket: 'servers:write',
  cloneServer: 'servers:write',
  execInServer: 'servers:exec',
  getExecution: 'servers:exec',
  listOperations: 'servers:read',
  getOperation: 'servers:read',
  streamEvents: null,
  listTokens: 'tokens:write',
  createToken: 'tokens:write',
  deleteToken: 'tokens:write',
  listImages: 'servers:read',
  getImage: 'servers:read',
  importImage: 'admin',
  deleteImage: 'admin',
  listAccounts: 'admin',
  createAccount: 'admin',
  getAccount: 'admin',
  updateAccount: 'admin',
  deleteAccount: 'admin',
}

testOn('sqlite', 'each operation wants its permission, and all others together are not enough', async t => {
  const world = await openWorld(t, { engine: false })
  const guarded = operations.filter(({ isPublic }) => !isPublic)
  assert.deepEqual(guarded.map(({ id }) => id).sort(), Object.keys(needed).sort())
  for (const { id, method, path } of guarded) {
    const permission = needed[id] ?? null
    if (permission === null) continue
    const url = path.replaceAll(/\{\w+\}/g, '1')
    const body = method === 'POST' || method === 'PATCH' ? { body: {} } : {}
    const others = permissions.filter(one => one !== permission && one !== 'admin')
    const without = await world.call(url, { method, token: await world.tokenWith(...others), ...body })
    assert.deepEqual([id, without.status, without.body.code], [id, 403, 'permission_denied'])
    assert.ok(without.body.detail.includes(`"${permission}"`), without.text)
    // Nothing is there, or the body is empty: what matters is that it was let in.
    if (path.includes('{') && method === 'DELETE') continue
    const withIt = await world.call(url, { method, token: await world.tokenWith(permission), ...body })
    assert.notEqual(withIt.status, 403, `${id}: ${withIt.text}`)
    assert.notEqual(withIt.status, 401, id)
  }
})

testOn('sqlite', 'who is an administrator is said by the token, in no other way', async t => {
  const world = await openWorld(t, { engine: false })
  const token = await world.tokenWith('servers:read', 'tokens:write')
  const claims = {
    'x-admin': 'true',
    'x-forwarded-user': 'admin',
    'x-original-url': '/healthz',
    'x-http-method-override': 'GET',
  }
  for (const headers of [{}, claims]) {
    for (const path of [
      'accounts/',
      'accounts/?admin=true',
      'snapshots/?account_id=999',
      'accounts/?permissions=admin',
    ]) {
      assert.equal((await world.call(path, { token, headers })).status, 403, path)
    }
  }
  for (const permissions of [['admin'], ['servers:write'], ['servers:read', 'snapshots:write']]) {
    const { status } = await world.post('tokens/', { name: 'more', permissions }, { token })
    assert.equal(status, 403, permissions.join())
  }
})
