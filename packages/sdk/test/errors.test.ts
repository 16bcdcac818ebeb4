/** What a call fails with, and that the token is in none of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { catalogue } from '../../server/src/errors.ts'
import { NetworkError, Restpoint, RestpointError } from '../src/index.ts'
import { openProxy } from './support/proxy.ts'
import { openFaultyService, openService } from './support/service.ts'

async function errorOf(failing: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  return failing.then(
    () => assert.fail('it did not fail'),
    error => error,
  )
}

test('a refusal says everything that the problem says', async t => {
  const service = await openService(t)
  const error = await errorOf(service.client().snapshots.create({ server_id: service.serverId, name: 'no spaces' }))
  assert.ok(error instanceof RestpointError)
  const { code, status, title, detail, errors, operationId, retryAfter } = error
  assert.deepEqual([code, status, title], ['invalid_request', 400, catalogue.invalid_request.title])
  assert.deepEqual([error.message, operationId, retryAfter], [detail, undefined, undefined])
  assert.ok(detail.endsWith(catalogue.invalid_request.remedy))
  assert.deepEqual(Object.keys(errors), ['name'])
})

test('nobody there', async t => {
  const service = await openService(t)
  await service.app.close()
  const error = await errorOf(service.client({ retries: 0 }).servers.get(3))
  assert.ok(error instanceof NetworkError)
  assert.ok(error.message.startsWith(`GET ${service.url}/api/v1/servers/3/: `), error.message)
  assert.match(error.message, /ECONNREFUSED/)
})

test('something else is there', async t => {
  const service = await openFaultyService(t)
  const restpoint = service.client({ retries: 0 })
  for (const fault of [
    { status: 200, body: '<h1>It works!</h1>' },
    { status: 200, body: '"text"' },
    { status: 404, headers: { 'content-type': 'application/json' }, body: '{"error":"not found"}' },
    { status: 204 },
  ]) {
    service.proxy.next(fault)
    await assert.rejects(restpoint.servers.list(), {
      name: 'UnexpectedReplyError',
      status: fault.status,
      message: `GET /api/v1/servers/ was answered with ${fault.status} by something else than Restpoint`,
    })
  }
})

test('a reply that has lost its operation on the way is not taken for one without', async t => {
  const service = await openService(t)
  const restpoint = service.client({
    fetch: async (...request) => {
      const reply = await fetch(...request)
      return new Response(await reply.text(), { status: reply.status })
    },
  })
  await assert.rejects(restpoint.servers.start(service.serverId), { message: /lacks the header Operation-Id/ })
})

test('a redirect is not followed: the token is not for whoever is there', async t => {
  const elsewhere = await openProxy(t, 'http://127.0.0.1:1')
  const service = await openFaultyService(t)
  service.proxy.next({ status: 307, headers: { location: `${elsewhere.url}/` } })
  await assert.rejects(service.client().servers.list(), { name: 'UnexpectedReplyError', status: 307 })
  assert.deepEqual(elsewhere.seen, [])
})

test('a URL or token that cannot be used is refused, and not repeated', () => {
  const refused = (options: { url: string; token?: string }, message: RegExp) =>
    assert.throws(
      () => new Restpoint(options),
      (error: TypeError) => message.test(error.message) && !inspect(error).includes('secret'),
    )
  refused({ url: 'secret' }, /^The url is none/)
  refused({ url: 'ftp://secret' }, /http: or https:/)
  refused({ url: 'https://ada:secret@host' }, /without a user/)
  refused({ url: 'https://host/?token=secret' }, /without \? and #/)
  refused({ url: 'http://host', token: 'rp_secret\nrp_secret' }, /token is not one/)
  refused({ url: 'http://host', token: '' }, /token is not one/)
})

test('the token is in nothing that can be printed', async t => {
  const service = await openFaultyService(t)
  const { token } = service
  const foreign = Object.assign(new Error(`request with Bearer ${token} failed`), { request: { headers: { token } } })
  const failing = service.client({
    retries: 0,
    fetch: async () => {
      throw foreign
    },
  })
  const echo = {
    type: 'urn:restpoint:error:not_found',
    title: token,
    status: 404,
    detail: `Bearer ${token}`,
    code: token,
  }
  service.proxy.next({ status: 404, body: JSON.stringify(echo) }, { status: 502, body: `<pre>${token}</pre>` })
  const restpoint = service.client({ retries: 0 })
  const things = [
    restpoint,
    failing,
    await errorOf(restpoint.servers.list()),
    await errorOf(restpoint.servers.list()),
    await errorOf(failing.servers.list()),
    await errorOf(restpoint.servers.get(999)),
    await errorOf(restpoint.servers.list({ nonsense: true } as object)),
    await errorOf(service.client({ url: 'http://127.0.0.1:1', retries: 0 }).servers.list()),
    await errorOf(restpoint.servers.list({ signal: AbortSignal.abort() })),
  ]
  for (const thing of things) {
    const printed = inspect(thing, { depth: 20, showHidden: true, getters: true })
    const told = [printed, JSON.stringify(thing), String(thing), (thing as Error).stack].join()
    assert.ok(!told.includes(token), told.replaceAll(token, '<TOKEN>'))
  }
  assert.match(String(things[4]), /request with Bearer \*\*\* failed/)
})

test('a service that is slow is given up', async t => {
  const { proxy, client } = await openFaultyService(t)
  proxy.next('hang', 'hang', 'none')
  const hurried = client({ timeoutMs: 100 })
  await assert.rejects(hurried.servers.list({ retries: 0 }), {
    name: 'TimeoutError',
    message: /no reply after 100 ms$/,
  })
  await assert.rejects(hurried.servers.list({ retries: 0 }), { name: 'TimeoutError' })
  assert.equal((await hurried.servers.list({ timeoutMs: 30_000 })).count, 1)
  assert.equal(proxy.seen.length, 3)
})

test('what the service was told to wait comes on top of the time for an attempt', async t => {
  const service = await openService(t, { engine: false })
  const restpoint = service.client({ timeoutMs: 300, retries: 0 })
  const starting = restpoint.servers.start(service.serverId, { waitSeconds: 30 })
  setTimeout(() => service.startEngine(), 600)
  assert.equal((await starting).body.status, 'active')
})
