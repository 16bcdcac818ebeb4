/** Operations are followed to whatever end they have. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Operation, OperationFailedError, Restpoint } from '../src/index.ts'
import { openFaultyService, openService } from './support/service.ts'

test('by its id, by what has started it, or by itself', async t => {
  const service = await openService(t)
  const restpoint = service.client()
  const started = await restpoint.servers.start(service.serverId)
  const byStart = await restpoint.waitFor(started)
  assert.deepEqual([byStart.id, byStart.status, byStart.progress], [started.operationId, 'completed', 1])
  assert.deepEqual(await restpoint.waitFor(started.operationId), byStart)
  assert.deepEqual(await restpoint.waitFor(byStart), byStart)
})

test('what is new is told: queued, its steps, and its end', async t => {
  const service = await openService(t, { engine: false })
  const restpoint = service.client()
  const started = await restpoint.snapshots.create({ server_id: service.serverId, name: 'told' })
  const told: Operation[] = []
  const ending = restpoint.waitFor(started, {
    onProgress: operation => {
      told.push(operation)
      if (told.length === 1) service.startEngine()
    },
  })
  const ended = await ending
  assert.deepEqual([told[0]?.status, told[0]?.progress], ['queued', 0])
  assert.deepEqual(told.at(-1), ended)
  assert.equal(new Set(told.map(({ status, step, progress }) => `${status} ${step} ${progress}`)).size, told.length)
})

test('progress never falls, whatever the service says, and nothing is told twice', async () => {
  const queue = [0.1, 0.5, 0.5, 0.2, 0.6].map(progress => ({ status: 'running', step: 'cut', progress }))
  const replies = [...queue, { status: 'completed', step: null, progress: 1 }]
  const fetch = async () => Response.json({ id: 7, waits_for: null, error: null, ...replies.shift() })
  const told: number[] = []
  const options = { onProgress: ({ progress }: Operation) => void told.push(progress) }
  await new Restpoint({ url: 'http://host', fetch }).waitFor(7, options)
  assert.deepEqual(told, [0.1, 0.5, 0.6, 1])
})

test('one that fails: its code, what happened and what can be done', async t => {
  const service = await openService(t)
  const restpoint = service.client()
  await restpoint.servers.start(service.serverId, { waitSeconds: 30 })
  service.memory.controls.setAgent(service.serverId, 'absent')
  const started = await restpoint.snapshots.create(
    { server_id: service.serverId, name: 'frozen' },
    { consistency: 'filesystem' },
  )
  const error = await restpoint.waitFor(started).catch(reason => reason)
  assert.ok(error instanceof OperationFailedError)
  assert.equal(error.code, 'consistency_unavailable')
  assert.deepEqual([error.operation.id, error.operation.status], [started.operationId, 'failed'])
  assert.equal(error.message, `${error.detail} ${error.remedy}`)
  assert.match(error.remedy, /qemu-guest-agent/)
  assert.ok(error.operation.progress < 1)
})

test('one that is cancelled', async t => {
  const service = await openService(t, { engine: false })
  const restpoint = service.client()
  const started = await restpoint.snapshots.create({ server_id: service.serverId, name: 'short-lived' })
  await restpoint.snapshots.delete(started.body.id)
  await service.startEngine()
  await assert.rejects(restpoint.waitFor(started), ({ code, operation }: OperationFailedError) => {
    assert.deepEqual([code, operation.status], ['cancelled', 'cancelled'])
    return true
  })
})

test('the service is away for a while', async t => {
  const service = await openFaultyService(t, { engine: false })
  const restpoint = service.client({ retries: 0 })
  const started = await restpoint.servers.start(service.serverId)
  const away = { status: 503, body: 'starting' }
  service.proxy.next('none', 'lose request', 'lose reply', 'lose request', away, away)
  let hasEnded = false
  const ending = restpoint.waitFor(started).finally(() => {
    hasEnded = true
  })
  // It ends only when all of that has happened.
  while (!hasEnded && service.proxy.seen.length < 8) await new Promise(resolve => setTimeout(resolve, 5))
  await service.startEngine()
  assert.equal((await ending).status, 'completed')
})

test('the service is away for good', async t => {
  const service = await openFaultyService(t, { engine: false })
  const restpoint = service.client()
  const started = await restpoint.servers.start(service.serverId)
  service.proxy.next('none', ...Array<'lose request'>(100).fill('lose request'))
  await assert.rejects(restpoint.waitFor(started, { outageMs: 300 }), { name: 'NetworkError' })
})

test('no such operation, and one that takes too long', async t => {
  const service = await openService(t, { engine: false })
  const restpoint = service.client()
  await assert.rejects(restpoint.waitFor(999), { code: 'not_found' })
  const started = await restpoint.servers.start(service.serverId)
  await assert.rejects(restpoint.waitFor(started, { timeoutMs: 200 }), {
    name: 'TimeoutError',
    message: `Operation ${started.operationId} has not ended after 200 ms; it goes on`,
  })
})

test("an administrator follows another account's", async t => {
  const service = await openService(t)
  const restpoint = service.client()
  const { accountId } = await service.addAccount('other')
  const server_id = await service.addServer(accountId, 'theirs')
  const started = await restpoint.servers.start(server_id, { account_id: accountId })
  await assert.rejects(restpoint.waitFor(started), { code: 'not_found' })
  assert.equal((await restpoint.waitFor(started, { account_id: accountId })).server?.id, server_id)
})
