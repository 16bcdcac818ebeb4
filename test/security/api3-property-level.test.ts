/**
 * API3:2023, broken object property level authorization. Nobody sets what is not theirs to set, and no answer shows more
 * than openapi.json says. That paths of the host are for administrators only: packages/server/test/layers/routes.test.ts
 * and images/routes.test.ts.
 */
import assert from 'node:assert/strict'
import { giveEverything } from '../../packages/server/test/accounts/owners.ts'
import { openWorld, type World } from '../../packages/server/test/http/harness.ts'
import { plan } from '../../packages/server/test/servers/support.ts'
import { testOn } from '../../packages/server/test/support/databases.ts'
import { type Operation, operations, resolve, undocumented } from './support/document.ts'

async function furnished(world: World) {
  const { body: account } = await world.post('accounts/', { email: 'anna@example.com', first_name: 'anna' })
  return giveEverything(world, { accountId: account.id, token: account.token.token, mark: 'anna' }, 1)
}

function urlOf(operation: Operation, ids: Readonly<Record<string, readonly number[]>>): string {
  return operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(ids[name]?.[0]))
}

testOn('sqlite', 'no answer has a property that is not documented', async t => {
  const world = await openWorld(t)
  const owner = await furnished(world)
  let answers = 0
  for (const operation of operations.filter(({ method, isPublic }) => method === 'GET' && !isPublic)) {
    const token = /accounts|images/.test(operation.path) ? world.token : owner.token
    const { status, body } = await world.call(urlOf(operation, owner.ids), { token })
    assert.equal(status, 200, operation.id)
    assert.deepEqual(undocumented(body, operation.replies['200']), [], operation.id)
    answers++
  }
  assert.ok(answers >= 13, `${answers} answers`)
})

/** What would be somebody's to have, if it could be set. */
const forbidden: Readonly<Record<string, unknown>> = {
  id: 1,
  account_id: 1,
  owner: 1,
  status: 'completed',
  status_reason: 'x',
  size_mb: 0,
  layer_id: 1,
  operation_id: 1,
  created_at: '2020-01-01T00:00:00Z',
  uuid: '00000000-0000-0000-0000-000000000000',
  mac: '52:54:00:00:00:01',
  kernel: { kernel: '/etc/passwd' },
  is_admin: true,
  role: 'admin',
  token: 'rp_x',
  digest: 'x',
  usage: {},
  cloned_from: 1,
  limit: 1000,
}

const bodies: Readonly<Record<string, (ids: Readonly<Record<string, readonly number[]>>) => object>> = {
  createSnapshot: ids => ({ server_id: ids['server_id']?.[0], name: 'mine' }),
  createServer: () => ({ name: 'mine', image_id: 1, plan }),
  cloneServer: ids => ({ name: 'mine', snapshot_id: ids['snapshot_id']?.[0] }),
  changeServer: () => ({ name: 'mine' }),
  createToken: () => ({ name: 'mine', permissions: ['servers:read'] }),
  createAccount: () => ({ email: 'mine@example.com' }),
  updateAccount: () => ({ first_name: 'mine' }),
  importImage: () => ({ name: 'mine', path: '/srv/mine.raw', format: 'raw' }),
  signIn: () => ({ code: 'mine' }),
  execInServer: () => ({ program: '/bin/true' }),
}

testOn('sqlite', 'a property that nobody may set is refused or means nothing', async t => {
  const world = await openWorld(t)
  const owner = await furnished(world)
  await world.service.stop()
  let refused = 0
  for (const operation of operations.filter(({ body }) => body !== undefined)) {
    const right = bodies[operation.id]
    assert.ok(right, `tell this test how to send ${operation.id}: add it to "bodies"`)
    const known = resolve(operation.body).properties ?? {}
    for (const [name, value] of Object.entries(forbidden).filter(([name]) => !(name in known))) {
      const token = /accounts|images/.test(operation.path) ? world.token : owner.token
      const body = { ...right(owner.ids), [name]: value }
      const reply = await world.call(urlOf(operation, owner.ids), { method: operation.method, token, body })
      if (operation.id === 'createSnapshot') {
        // The documented route ignores what it does not know, and sets nothing by it.
        assert.notDeepEqual(reply.body[name] ?? null, value, `${operation.id} took ${name}`)
        continue
      }
      assert.deepEqual([operation.id, name, reply.status], [operation.id, name, 400], reply.text)
      assert.ok(reply.body.errors[name] !== undefined, reply.text)
      refused++
    }
  }
  assert.ok(refused >= 100, `${refused} were refused`)
})
