/** Every noun against the real service over HTTP. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Restpoint } from '../src/index.ts'
import { openService } from './support/service.ts'

test('a snapshot is taken, restored, undone and deleted', async t => {
  const service = await openService(t)
  const restpoint = service.client()
  const { body, operationId } = await restpoint.snapshots.create(
    { server_id: service.serverId, name: 'before', description: 'just in case' },
    { consistency: 'crash' },
  )
  assert.equal(body.name, 'before')
  const taken = await restpoint.waitFor(operationId)
  assert.deepEqual([taken.kind, taken.status, taken.snapshot_id], ['snapshot_create', 'completed', body.id])
  const { status, receipt } = await restpoint.snapshots.get(body.id)
  assert.deepEqual([status, receipt?.requested], ['completed', 'crash'])
  const { results } = await restpoint.snapshots.list({ server_id: service.serverId })
  assert.deepEqual(
    results.map(({ id }) => id),
    [body.id],
  )

  const restored = await restpoint.snapshots.restore(body.id, { waitSeconds: 30 })
  assert.deepEqual([restored.body.status, restored.body.server.status], ['success', 'stopped'])
  const undone = await restpoint.servers.undo(service.serverId, { waitSeconds: 30 })
  assert.equal(undone.body.undo.available, true)
  assert.equal((await restpoint.waitFor(undone)).kind, 'server_undo')

  assert.equal(await restpoint.snapshots.delete(body.id), undefined)
  assert.deepEqual(await restpoint.snapshots.list(), { count: 0, results: [] })
})

test('a server is started, renamed, cloned and deleted', async t => {
  const service = await openService(t)
  const restpoint = service.client()
  assert.equal((await restpoint.servers.start(service.serverId, { waitSeconds: 30 })).body.status, 'active')
  assert.deepEqual((await restpoint.servers.list({ status: 'stopped' })).results, [])
  await restpoint.waitFor(await restpoint.servers.reboot(service.serverId))
  await restpoint.waitFor(await restpoint.servers.stop(service.serverId))
  const renamed = await restpoint.servers.update(service.serverId, { name: 'web-server-02' })
  assert.equal(renamed.name, 'web-server-02')
  const { body: snapshot } = await restpoint.snapshots.create(
    { server_id: service.serverId, name: 'base' },
    { waitSeconds: 30 },
  )
  const clone = await restpoint.servers.clone(service.serverId, { snapshot_id: snapshot.id, name: 'copy' })
  assert.equal((await restpoint.waitFor(clone)).status, 'completed')
  assert.ok((await restpoint.servers.layers(clone.body.id)).count > 0)
  assert.equal((await restpoint.servers.get(clone.body.id)).cloned_from, snapshot.id)

  await assert.rejects(restpoint.servers.delete(service.serverId), { code: 'server_has_snapshots' })
  const { operationId = 0 } = await restpoint.servers.delete(service.serverId, { with_snapshots: true })
  assert.equal((await restpoint.waitFor(operationId)).kind, 'server_delete')
  await restpoint.servers.delete(clone.body.id)
  assert.deepEqual(await restpoint.servers.list(), { count: 0, results: [] })
})

test('an image is imported, a server made of it', async t => {
  const service = await openService(t)
  const restpoint = service.client()
  service.memory.controls.putFile('/srv/debian.raw', { format: 'raw', sizeBytes: 1 << 30, blocks: new Map() })
  const imported = await restpoint.images.import(
    { name: 'debian', path: '/srv/debian.raw', format: 'raw' },
    { link: true },
  )
  assert.equal((await restpoint.waitFor(imported)).image_id, imported.body.id)
  const { status, linked } = await restpoint.images.get(imported.body.id)
  assert.deepEqual([status, linked], ['available', true])
  const plan = { vcpus: 1, memory: 64, storage: 1 }
  const made = await restpoint.servers.create({ name: 'new', image_id: imported.body.id, plan })
  assert.equal((await restpoint.waitFor(made)).kind, 'server_create')
  await restpoint.images.delete(imported.body.id)
  const names = (await restpoint.images.list()).results.map(({ name }) => name)
  assert.ok(!names.includes('debian'))
})

test('tokens and accounts; an administrator acts for another', async t => {
  const service = await openService(t)
  const restpoint = service.client()
  assert.deepEqual((await restpoint.account.me()).token.permissions, ['admin'])
  const made = await restpoint.tokens.create({ name: 'ci', permissions: ['snapshots:read'] })
  const weak = service.client({ token: `${made.token}\n` })
  assert.deepEqual((await weak.account.me()).token.permissions, ['snapshots:read'])
  await restpoint.tokens.delete(made.id)
  await assert.rejects(weak.account.me(), { code: 'unauthenticated', status: 401 })

  const account = await restpoint.accounts.create({ email: 'grace@example.com' })
  const names = (await restpoint.tokens.list({ account_id: account.id })).results.map(({ id }) => id)
  assert.deepEqual(names, [account.token.id])
  const changed = await restpoint.accounts.update(account.id, { quota: { servers: 3 } })
  assert.equal(changed.quota.servers, 3)
  assert.equal((await restpoint.accounts.get(account.id)).email, 'grace@example.com')
  await restpoint.accounts.delete(account.id)
  assert.equal((await restpoint.accounts.list()).count, 1)
})

test('health needs no token, and not being ready is an answer', async t => {
  const service = await openService(t)
  const restpoint = service.client({ token: undefined })
  assert.deepEqual(await restpoint.health.live(), { status: 'ok' })
  assert.equal((await restpoint.health.ready()).status, 'ready')
  service.ready.ok = false
  const { status, checks } = await restpoint.health.ready()
  assert.deepEqual([status, checks['database']], ['unavailable', true])
})

test('a service behind a path is reached there', async t => {
  const service = await openService(t)
  const asked: string[] = []
  const restpoint = service.client({
    url: `${service.url}/behind/`,
    fetch: (url, init) => {
      asked.push(String(url))
      return fetch(String(url).replace('/behind', ''), init)
    },
  })
  assert.equal((await restpoint.servers.list({ limit: 1 })).count, 1)
  assert.deepEqual(asked, [`${service.url}/behind/api/v1/servers/?limit=1`])
})

test('an option that is none is refused before anything is sent', async t => {
  const { url, token } = await openService(t)
  const restpoint = (await openService(t)).client({ url, token })
  const misspelt = { consistancy: 'crash' } as object
  await assert.rejects(restpoint.snapshots.create({ server_id: 1, name: 'x' }, misspelt), {
    name: 'TypeError',
    message: /"consistancy"; it has consistency, memory,/,
  })
  await assert.rejects(restpoint.servers.get(1, { waitSeconds: 3 } as object), /waitSeconds/)
  assert.deepEqual((await restpoint.operations.list()).results, [])
})

test('a dry run says what would be, and changes nothing', async t => {
  const service = await openService(t)
  const restpoint = service.client()
  const body = { server_id: service.serverId, name: 'dry' }
  const { possible, blockers, estimate } = await restpoint.dryRun.snapshots.create(body, { waitSeconds: 30 })
  assert.deepEqual([possible, blockers], [true, []])
  assert.equal(estimate.seconds, null)
  assert.equal((await restpoint.snapshots.list()).count, 0)

  const id = await service.completed('kept')
  const deletion = await restpoint.dryRun.snapshots.delete(id)
  assert.deepEqual([deletion.possible, typeof deletion.frees?.bytes], [true, 'number'])
  const blocked = await restpoint.dryRun.servers.delete(service.serverId)
  assert.deepEqual(
    blocked.blockers.map(({ code }) => code),
    ['server_has_snapshots'],
  )
  assert.equal((await restpoint.dryRun.servers.delete(service.serverId, { with_snapshots: true })).possible, true)
  await restpoint.snapshots.get(id)
  await assert.rejects(restpoint.dryRun.snapshots.delete(999), { code: 'not_found' })
})

test('what a service that knows no dry run has done is not told as one', async () => {
  const fetch = async () => Response.json({ status: 'success', message: 'restored' })
  const restpoint = new Restpoint({ url: 'http://host', fetch })
  await assert.rejects(restpoint.dryRun.snapshots.restore(1), /was not answered as a dry run/)
})
