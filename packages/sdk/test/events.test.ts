/** Changes are followed, whatever becomes of the connection and of the service. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { needs } from '../../../test/support/needs.ts'
import { newStateDir, type RunningService, removeState, startService } from '../../../test/system/support/service.ts'
import { Restpoint, type WatchedEvent } from '../src/index.ts'
import { openService } from './support/service.ts'

const limit = { timeout: 60_000 }

/** The next that is so. */
async function next(
  stream: AsyncGenerator<WatchedEvent, void, undefined>,
  isSo: (event: WatchedEvent) => boolean,
): Promise<WatchedEvent> {
  for (;;) {
    const { value, done } = await stream.next()
    if (done) throw new Error('it has ended')
    if (isSo(value)) return value
  }
}

test('a reset, then what happens', limit, async t => {
  const service = await openService(t, { hears: true })
  const restpoint = service.client()
  const stream = restpoint.events()
  const { value: first } = await stream.next()
  assert.equal(first?.event, 'reset')
  const { body, operationId } = await restpoint.snapshots.create({ server_id: service.serverId, name: 'one' })
  const created = await next(stream, ({ event }) => event === 'snapshot')
  assert.ok(created.event === 'snapshot')
  assert.deepEqual([created.id, created.server_id, created.change], [body.id, service.serverId, 'created'])
  const ended = await next(stream, event => event.event === 'operation' && event.status === 'completed')
  assert.ok(ended.event === 'operation')
  assert.deepEqual([ended.id, ended.progress], [operationId, 1])
  await stream.return()
})

test('whoever stops iterating leaves no connection behind', limit, async t => {
  const service = await openService(t)
  const restpoint = service.client()
  // More than a token may have at once.
  for (let n = 0; n < 25; n++) {
    for await (const { event } of restpoint.events()) {
      assert.equal(event, 'reset')
      break
    }
  }
})

test('a signal ends it, with its reason', limit, async t => {
  const service = await openService(t)
  const controller = new AbortController()
  const stream = service.client().events({ signal: controller.signal })
  await stream.next()
  const waiting = stream.next()
  controller.abort(new Error('enough'))
  await assert.rejects(waiting, { message: 'enough' })
  const ofClient = service.client({ signal: AbortSignal.abort(new Error('over')) })
  await assert.rejects(ofClient.events().next(), { message: 'over' })
})

test('a token that is revoked ends it, and one that is none never begins', limit, async t => {
  const service = await openService(t, { hears: true })
  const restpoint = service.client()
  const { id, token } = await restpoint.tokens.create({ name: 'watcher', permissions: ['servers:read'] })
  const stream = service.client({ token }).events()
  await stream.next()
  await restpoint.tokens.delete(id)
  await assert.rejects(stream.next(), { name: 'RestpointError', code: 'unauthenticated' })
  await assert.rejects(service.client({ token: 'rp_no' }).events().next(), { code: 'unauthenticated' })
})

test("an administrator follows another account's", limit, async t => {
  const service = await openService(t, { hears: true, engine: false })
  const { accountId, token } = await service.addAccount('other')
  const stream = service.client().events({ account_id: accountId })
  await stream.next()
  const made = await service.client({ token }).tokens.create({ name: 'theirs', permissions: ['servers:read'] })
  const told = await next(stream, ({ event }) => event === 'token')
  assert.ok(told.event === 'token' && told.id === made.id)
  await stream.return()
})

test('somebody else answers', limit, async () => {
  const fetch = async () => new Response('<html>', { headers: { 'content-type': 'text/html' } })
  await assert.rejects(new Restpoint({ url: 'http://host', fetch }).events().next(), { name: 'UnexpectedReplyError' })
})

/** Passes bytes on, and can cut all connections at any moment. */
async function openCutter(t: TestContext, target: string) {
  const { port } = new URL(target)
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(Number(port), '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  t.after(() => {
    cut()
    server.close()
  })
  const address = server.address()
  assert.ok(address && typeof address === 'object')
  return { url: `http://127.0.0.1:${address.port}`, cut }
}

test('cut again and again, it tells everything once and in order', limit, async t => {
  const service = await openService(t, { hears: true, engine: false })
  const cutter = await openCutter(t, service.url)
  const states: boolean[] = []
  const stream = service.client({ url: cutter.url }).events({ onConnection: isOpen => void states.push(isOpen) })
  assert.equal((await stream.next()).value?.event, 'reset')
  const made: number[] = []
  const told: number[] = []
  const restpoint = service.client()
  for (let n = 0; n < 30; n++) {
    made.push((await restpoint.tokens.create({ name: `n-${n}`, permissions: ['servers:read'] })).id)
    if (n % 3 === 0) cutter.cut()
    if (n % 2 === 1) continue
    const event = await next(stream, ({ event: name }) => name === 'token')
    if (event.event !== 'reset') told.push(event.id)
  }
  while (told.length < made.length) {
    const { value } = await stream.next()
    assert.ok(value && value.event === 'token')
    told.push(value.id)
  }
  assert.deepEqual(told, made)
  assert.ok(states.includes(false) && states.at(-1) === true)
  await stream.return()
})

test('the service is stopped, killed and started again meanwhile', {
  skip: needs('qemu-img'),
  timeout: 120_000,
}, async t => {
  const stateDir = await newStateDir()
  let service: RunningService | undefined
  t.after(async () => {
    await service?.kill()
    await removeState(stateDir)
  })
  const start = async (env: Record<string, string> = {}) => {
    service = await startService({ stateDir, env: { RESTPOINT_DEMO: '0', ...env } })
    return service
  }
  const first = await start()
  const restpoint = new Restpoint({ url: first.url, token: first.token })
  const stream = restpoint.events()
  assert.equal((await stream.next()).value?.event, 'reset')
  const make = async (name: string) => (await restpoint.tokens.create({ name, permissions: ['servers:read'] })).id
  const told = async () => {
    const event = await next(stream, ({ event: name }) => name !== 'account')
    return event.event === 'token' ? event.id : event.event
  }
  const before = await make('before')
  assert.equal(await told(), before)
  const listen = { RESTPOINT_LISTEN: new URL(first.url).host }
  for (const end of ['stop', 'kill'] as const) {
    // Read while the service is away, as everybody who watches does.
    const waiting = told()
    await service?.[end]()
    const again = startService({ stateDir, env: { RESTPOINT_DEMO: '0', ...listen } })
    // Named by the port of the first, not by its own.
    service = { ...(await again.catch(error => assert.fail(String(error)))), url: first.url }
    const after = await make(`after ${end}`)
    assert.equal(await waiting, after)
  }
  await stream.return()
})
