/** An AbortSignal ends whatever is under way, with its own reason, and nothing stays behind at it. */
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { Restpoint } from '../src/index.ts'
import { openFaultyService } from './support/service.ts'

const reason = new Error('never mind')

interface UnderWay {
  readonly ending: Promise<unknown>
  readonly controller: AbortController
}

async function endsWithReason({ ending, controller }: UnderWay): Promise<void> {
  controller.abort(reason)
  await assert.rejects(ending, error => error === reason)
  assert.deepEqual(getEventListeners(controller.signal, 'abort'), [])
}

/** Settles when this many requests have arrived. */
async function arrived(seen: readonly unknown[], count: number): Promise<void> {
  while (seen.length < count) await new Promise(resolve => setTimeout(resolve, 2))
}

test('a signal that was aborted before: nothing is sent', async t => {
  const service = await openFaultyService(t)
  await assert.rejects(service.client().servers.list({ signal: AbortSignal.abort(reason) }), error => error === reason)
  const restpoint = service.client({ signal: AbortSignal.abort(reason) })
  await assert.rejects(restpoint.servers.list(), error => error === reason)
  await assert.rejects(restpoint.waitFor(1), error => error === reason)
  assert.deepEqual(service.proxy.seen, [])
})

test('while a reply is awaited', async t => {
  const { client, proxy } = await openFaultyService(t)
  proxy.next('hang')
  const controller = new AbortController()
  const ending = client().servers.list({ signal: controller.signal })
  await arrived(proxy.seen, 1)
  await endsWithReason({ ending, controller })
})

// Its limit is well below the pause.
test('in the pause before it is sent again', { timeout: 30_000 }, async () => {
  const fetch = async () => new Response('', { status: 503, headers: { 'retry-after': '50' } })
  const controller = new AbortController()
  const ending = new Restpoint({ url: 'http://host', fetch }).servers.list({ signal: controller.signal })
  // Long enough for a reply that is there at once to be read.
  await new Promise(resolve => setTimeout(resolve, 100))
  await endsWithReason({ ending, controller })
})

test('while an operation is followed', async t => {
  const { client, proxy, serverId } = await openFaultyService(t, { engine: false })
  const restpoint = client()
  const controller = new AbortController()
  const started = await restpoint.servers.start(serverId)
  const ending = restpoint.waitFor(started, { signal: controller.signal })
  await arrived(proxy.seen, 4)
  await endsWithReason({ ending, controller })
  assert.equal((await restpoint.operations.get(started.operationId)).status, 'queued')
})

test("the client's own signal ends all of its calls", async t => {
  const { client, proxy } = await openFaultyService(t)
  proxy.next('hang', 'hang')
  const controller = new AbortController()
  const restpoint = client({ signal: controller.signal })
  const ending = Promise.allSettled([restpoint.servers.list(), restpoint.account.me()])
  await arrived(proxy.seen, 2)
  controller.abort(reason)
  const reasons = (await ending).map(one => one.status === 'rejected' && one.reason)
  assert.deepEqual(reasons, [reason, reason])
})

test('one signal for many calls at once: one listener, and all of them end', async t => {
  const { client, proxy } = await openFaultyService(t)
  proxy.next(...Array<'hang'>(20).fill('hang'))
  const controller = new AbortController()
  const { signal } = controller
  const restpoint = client()
  const endings = Promise.allSettled(Array.from({ length: 20 }, () => restpoint.servers.list({ signal })))
  await arrived(proxy.seen, 20)
  assert.equal(getEventListeners(signal, 'abort').length, 1)
  controller.abort(reason)
  assert.ok((await endings).every(one => one.status === 'rejected' && one.reason === reason))
  assert.deepEqual(getEventListeners(signal, 'abort'), [])
})

test('calls that end by themselves leave nothing at the signal', async t => {
  const { client, proxy, serverId } = await openFaultyService(t)
  const { signal } = new AbortController()
  const restpoint = client({ signal })
  proxy.next('lose request')
  await restpoint.waitFor(await restpoint.servers.start(serverId, { signal }), { signal })
  await assert.rejects(restpoint.servers.get(999, { signal }))
  assert.deepEqual(getEventListeners(signal, 'abort'), [])
})
