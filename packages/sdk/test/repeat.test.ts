/** Replies are lost, gateways fail, the service says "not now": what is asked for happens once, and the caller hears of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFaultyService } from './support/service.ts'

const gateway = (status: number) => ({ status, headers: { 'retry-after': '0' }, body: '<h1>Bad gateway</h1>' })

test('a POST whose reply is lost, again and again, has one effect', async t => {
  const service = await openFaultyService(t)
  const restpoint = service.client()
  service.proxy.next('lose reply', 'lose request', gateway(502), gateway(504))
  const { body } = await restpoint.snapshots.create({ server_id: service.serverId, name: 'once' })
  assert.equal(body.name, 'once')
  assert.equal(await service.count('snapshots'), 1)
  const keys = service.proxy.seen.map(({ headers }) => headers['idempotency-key'])
  assert.equal(keys.length, 5)
  assert.equal(new Set(keys).size, 1)
  assert.match(keys[0] as string, /^[0-9a-f]{32}$/)
})

test('two calls are two requests, with keys of their own', async t => {
  const service = await openFaultyService(t)
  const restpoint = service.client()
  const body = { server_id: service.serverId, name: 'twice' }
  const [first, second] = [await restpoint.snapshots.create(body), await restpoint.snapshots.create(body)]
  assert.notEqual(first.body.id, second.body.id)
})

test("the caller's own key holds across calls", async t => {
  const service = await openFaultyService(t)
  const restpoint = service.client()
  const create = () =>
    restpoint.snapshots.create({ server_id: service.serverId, name: 'mine' }, { idempotencyKey: 'deploy-17' })
  assert.deepEqual(await create(), await create())
  assert.equal(await service.count('snapshots'), 1)
})

test('without a key, a POST that may have had its effect is not sent again', async t => {
  const service = await openFaultyService(t)
  const restpoint = service.client()
  service.proxy.next('lose reply')
  const create = () => restpoint.snapshots.create({ server_id: service.serverId, name: 'x' }, { idempotencyKey: false })
  await assert.rejects(create(), { name: 'NetworkError' })
  service.proxy.next(gateway(503))
  await assert.rejects(create(), { name: 'UnexpectedReplyError', status: 503 })
  assert.equal(service.proxy.seen.length, 2)
  assert.equal(service.proxy.seen[0]?.headers['idempotency-key'], undefined)
})

test('a PATCH that may have had its effect is not sent again', async t => {
  const service = await openFaultyService(t)
  const restpoint = service.client()
  service.proxy.next('lose reply')
  await assert.rejects(restpoint.servers.update(service.serverId, { name: 'renamed' }), { name: 'NetworkError' })
  assert.equal(service.proxy.seen.length, 1)
})

test('a DELETE whose reply was lost is done; one of nothing is not', async t => {
  const service = await openFaultyService(t)
  const restpoint = service.client()
  const id = await service.completed('gone')
  service.proxy.next('lose reply')
  assert.equal(await restpoint.snapshots.delete(id), undefined)
  assert.equal(service.proxy.seen.length, 2)
  await assert.rejects(restpoint.snapshots.delete(id), { code: 'not_found', status: 404 })
  // A refusal is no effect: what was not there before it is not there.
  service.proxy.next({ status: 429, headers: { 'retry-after': '0' } })
  await assert.rejects(restpoint.snapshots.delete(id), { code: 'not_found' })
  // Nobody says any more which operation removes what is left.
  service.proxy.next('lose reply')
  assert.deepEqual(await restpoint.servers.delete(service.serverId), { operationId: undefined })
})

test('a dry run is sent again, and is never taken for a deletion', async t => {
  const service = await openFaultyService(t)
  const restpoint = service.client()
  const id = await service.completed('kept')
  service.proxy.next('lose reply', 'none', 'lose reply')
  assert.equal((await restpoint.dryRun.snapshots.delete(id)).possible, true)
  await assert.rejects(restpoint.dryRun.snapshots.delete(999), { code: 'not_found' })
  assert.equal(service.proxy.seen.length, 4)
})

test('a GET is sent again, no more often than it may be', async t => {
  const service = await openFaultyService(t)
  service.proxy.next('lose request', gateway(503), 'none')
  assert.equal((await service.client().servers.list()).count, 1)
  assert.equal(service.proxy.seen.length, 3)
  service.proxy.next(...Array<'lose request'>(9).fill('lose request'))
  await assert.rejects(service.client().servers.list({ retries: 2 }), { name: 'NetworkError' })
  assert.equal(service.proxy.seen.length, 6)
  await assert.rejects(service.client({ retries: 0 }).servers.list(), { name: 'NetworkError' })
  assert.equal(service.proxy.seen.length, 7)
})

test('a busy server is asked again when Retry-After is over', async t => {
  const service = await openFaultyService(t, { engine: false })
  const restpoint = service.client()
  const { operationId } = await restpoint.servers.start(service.serverId)
  const refused = { name: 'RestpointError', code: 'server_busy', status: 400, operationId, retryAfter: 2 }
  await assert.rejects(restpoint.servers.stop(service.serverId, { retries: 0 }), refused)

  const stopped = restpoint.servers.stop(service.serverId, { waitSeconds: 30 })
  while (service.proxy.seen[2]?.status !== 400) await new Promise(resolve => setTimeout(resolve, 5))
  await service.startEngine()
  assert.equal((await stopped).body.status, 'stopped')
  const [first, second] = service.proxy.seen.slice(2)
  // Not before: a limit from below, which no busy machine breaks.
  assert.ok(first && second && second.at - first.at >= 1990)
  assert.equal(first.headers['idempotency-key'], second.headers['idempotency-key'])
})

test('who is told to wait for longer than a minute is told so at once', async t => {
  const service = await openFaultyService(t)
  service.proxy.next({ status: 429, headers: { 'retry-after': '61' } })
  await assert.rejects(service.client().servers.list(), { status: 429, retryAfter: 61 })
  const inAnHour = new Date(Date.now() + 3600_000).toUTCString()
  service.proxy.next({ status: 503, headers: { 'retry-after': inAnHour } })
  await assert.rejects(service.client().servers.list(), (error: { retryAfter: number }) => error.retryAfter > 3500)
  assert.equal(service.proxy.seen.length, 2)
})

test("the service's own limit of requests", async t => {
  const service = await openFaultyService(t, { rateLimit: 1 })
  const restpoint = service.client({ retries: 0 })
  await restpoint.servers.list()
  await assert.rejects(restpoint.servers.list(), ({ code, retryAfter }) => code === 'rate_limited' && retryAfter > 0)
})

test('what would be refused again is not asked again', async t => {
  const service = await openFaultyService(t)
  const restpoint = service.client()
  await assert.rejects(restpoint.snapshots.restore(999), { code: 'not_found' })
  service.proxy.next({ status: 500, body: 'oops' })
  await assert.rejects(restpoint.servers.list(), { name: 'UnexpectedReplyError', status: 500 })
  assert.equal(service.proxy.seen.length, 2)
})

test('a token whose secret was lost on its way is named, not made twice', async t => {
  const service = await openFaultyService(t)
  const restpoint = service.client()
  service.proxy.next('lose reply')
  await assert.rejects(restpoint.tokens.create({ name: 'ci', permissions: ['admin'] }), {
    code: 'token_already_created',
    message: /token \d+/i,
  })
  assert.equal((await restpoint.tokens.list()).count, 2)
})
