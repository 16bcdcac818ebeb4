/** What an account may use: never exceeded, also by many requests at once, and given back by what fails or goes. */
import assert from 'node:assert/strict'
import { Failure } from '../../src/errors.ts'
import { openWorld } from '../http/harness.ts'
import { plan, settled, waiting } from '../servers/support.ts'
import { test } from '../support/databases.ts'

type Quota = { servers?: number | null; snapshots_per_server?: number | null; bytes?: number | null }

async function openWithQuota(
  t: Parameters<typeof openWorld>[0],
  quota: Quota,
  options?: Parameters<typeof openWorld>[1],
) {
  const world = await openWorld(t, options)
  const { body: account } = await world.post('accounts/', { email: 'b@example.com', quota })
  const token = account.token.token as string
  return {
    world,
    account,
    token,
    setQuota: (next: Quota) => world.call(`accounts/${account.id}/`, { method: 'PATCH', body: { quota: next } }),
    usage: async () => (await world.call(`accounts/${account.id}/`)).body.usage,
    makeServer: (more: object = {}) =>
      world.post('servers/', { name: 'theirs', image_id: 1, plan, ...more }, { token, ...waiting }),
    snapshot: (server_id: number, name = 'one') => world.post('snapshots/', { server_id, name }, { token, ...waiting }),
  }
}

const codes = (replies: { status: number; body: { code?: string } }[]) =>
  replies.map(({ status, body }) => body.code ?? status).sort()

test('servers: many at once never exceed it; deleting gives the place back', async t => {
  const { world, token, makeServer, usage } = await openWithQuota(t, { servers: 2 })
  const replies = await Promise.all(Array.from({ length: 8 }, () => makeServer()))
  assert.deepEqual(codes(replies), [201, 201, ...Array(6).fill('quota_exceeded')])
  const refused = replies.find(({ status }) => status === 400)
  assert.match(refused?.body.detail, /^The account has 2 servers; its quota is 2\. Delete something/)
  assert.equal((await usage()).servers, 2)
  const [made] = replies.filter(({ status }) => status === 201)
  assert.equal((await world.call(`servers/${made?.body.id}/`, { method: 'DELETE', token })).status, 204)
  assert.deepEqual(codes([await makeServer(), await makeServer()]), [201, 'quota_exceeded'])
})

test('servers: one that could not be made takes no place', async t => {
  const { world, makeServer, usage } = await openWithQuota(t, { servers: 1 })
  world.memory.controls.faults.fail({
    method: 'start',
    when: 'before',
    forever: true,
    error: new Failure('machine_failed', 'x'),
  })
  const failed = await makeServer()
  assert.equal(failed.body.status, 'failed')
  world.memory.controls.faults.clear()
  assert.deepEqual(
    [(await usage()).servers, codes([await makeServer(), await makeServer()])],
    [0, [201, 'quota_exceeded']],
  )
})

test('servers: clones count as well, and none at all may be allowed', async t => {
  const { world, token, makeServer, snapshot, setQuota } = await openWithQuota(t, { servers: 0 })
  assert.deepEqual(codes([await makeServer()]), ['quota_exceeded'])
  await setQuota({ servers: 1 })
  const { body: server } = await makeServer()
  const { body: made } = await snapshot(server.id)
  const clone = () =>
    world.post(`servers/${server.id}/clone/`, { name: 'clone', snapshot_id: made.id }, { token, ...waiting })
  assert.deepEqual(codes([await clone()]), ['quota_exceeded'])
  await setQuota({ servers: null })
  assert.deepEqual(codes([await clone()]), [201])
})

test('snapshots: the quota comes before the setting, below and above it', async t => {
  const { makeServer, snapshot, setQuota } = await openWithQuota(t, { snapshots_per_server: 1 }, { snapshotLimit: 2 })
  const { body: server } = await makeServer()
  const first = await Promise.all([1, 2, 3, 4].map(n => snapshot(server.id, `s${n}`)))
  assert.deepEqual(codes(first), [201, ...Array(3).fill('snapshot_limit_reached')])
  await setQuota({ snapshots_per_server: 3 })
  const more = await Promise.all([1, 2, 3, 4].map(n => snapshot(server.id, `s${n}`)))
  assert.deepEqual(codes(more), [201, 201, 'snapshot_limit_reached', 'snapshot_limit_reached'])
  assert.match(more.find(({ status }) => status === 400)?.body.detail, /has 3 snapshots; the limit is 3\./)
  await setQuota({ snapshots_per_server: null })
  assert.deepEqual(codes([await snapshot(server.id)]), ['snapshot_limit_reached'])
  // Another server has its own.
  const { body: other } = await makeServer()
  assert.deepEqual(codes(await Promise.all([1, 2, 3].map(n => snapshot(other.id, `s${n}`)))), [
    201,
    201,
    'snapshot_limit_reached',
  ])
})

test('bytes: when they are used up nothing more is given, and what goes gives them back', async t => {
  const { world, token, makeServer, snapshot, setQuota, usage } = await openWithQuota(t, {})
  const { body: server } = await makeServer()
  for (let block = 0; block < 20; block++) world.memory.controls.write(server.id, 0, block, 9)
  const { bytes } = await usage()
  assert.equal(bytes, 20 * 65_536)
  await setQuota({ bytes })
  const all = () => Promise.all([snapshot(server.id), makeServer()])
  const refused = await all()
  assert.deepEqual(codes(refused), ['quota_exceeded', 'quota_exceeded'])
  assert.match(refused[0].body.detail, /^The account's layers take 1 MB; its quota is 1 MB\. Delete something/)

  await setQuota({ bytes: bytes + 1 })
  assert.deepEqual(codes(await all()), [201, 201])
  await setQuota({ bytes })
  const [{ body: listed }] = [await world.call('snapshots/', { token })]
  const restore = () => world.post(`snapshots/${listed.results[0].id}/restore/`, undefined, { token, ...waiting })
  assert.deepEqual(codes([await restore()]), ['quota_exceeded'])
  // Whoever is at the limit may still delete, stop and start.
  assert.equal((await world.post(`servers/${server.id}/stop/`, undefined, { token, ...waiting })).status, 200)
  const gone = await world.call(`servers/${server.id}/?with_snapshots=true`, { method: 'DELETE', token })
  assert.equal(gone.status, 204)
  await settled(world)
  assert.equal((await usage()).bytes, 0)
  assert.deepEqual(codes([await makeServer()]), [201])
})

test('bytes: layers of a deleted server that clones stand on count against nobody', async t => {
  const { world, token, makeServer, snapshot, usage } = await openWithQuota(t, {})
  const { body: server } = await makeServer()
  for (let block = 0; block < 5; block++) world.memory.controls.write(server.id, 0, block, 9)
  const { body: made } = await snapshot(server.id)
  const clone = (name: string) =>
    world.post(`servers/${server.id}/clone/`, { name, snapshot_id: made.id }, { token, ...waiting })
  const [one, two] = [await clone('one'), await clone('two')]
  assert.deepEqual(codes([one, two]), [201, 201])
  const gone = await world.call(`servers/${server.id}/?with_snapshots=true`, { method: 'DELETE', token })
  assert.equal(gone.status, 204)
  await settled(world)
  world.memory.controls.write(one.body.id, 0, 7, 9)
  assert.deepEqual((await usage()).bytes, 65_536)
})

test('images count against nobody', async t => {
  const { world, account } = await openWithQuota(t, {})
  const blocks = new Map([[0, 1]])
  world.memory.controls.putFile('/srv/a.raw', { format: 'raw', sizeBytes: 65_536, blocks })
  const quota = { quota: { bytes: 0, servers: 0 } }
  for (const id of [1, account.id]) await world.call(`accounts/${id}/`, { method: 'PATCH', body: quota })
  const made = await world.post('images/', { name: 'a', path: '/srv/a.raw', format: 'raw' }, waiting)
  assert.deepEqual([made.status, made.body.status], [201, 'available'])
})
