/**
 * API4:2023, unrestricted resource consumption. Sizes and depths of bodies: test/corpus/entries/bodies.ts; the rate limit:
 * packages/server/test/http/error-handler.test.ts; what an account may use: accounts/quotas.test.ts; what an image may:
 * drivers/qemu/images/hostile.ts. Clients that never
 * come to an end: slow-clients.test.ts. Here: 2,000 that do not even begin.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../support/needs.ts'
import { openBareService } from './support/bare-service.ts'
import { type Client, dial } from './support/dial.ts'

const options = { skip: needs('qemu-img'), timeout: 120_000 }
const IDLE = 2000
const MIB = 1024 * 1024

test(`${IDLE} idle connections keep nobody from being served, and cost little memory`, options, async t => {
  const service = await openBareService(t, { RESTPOINT_RATE_LIMIT: '0' })
  const ask = () => service.api.get<{ count: number }>('/snapshots/')
  for (let n = 0; n < 200; n++) await ask()
  const before = await service.resident()
  const clients: Client[] = []
  for (let n = 0; n < IDLE; n += 100) {
    clients.push(...(await Promise.all(Array.from({ length: 100 }, () => dial(t, service)))))
  }
  // Each may ask, and stay: what an idle one is between two requests.
  for (const { socket } of clients.slice(0, 100)) socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  const start = performance.now()
  for (let n = 0; n < 100; n++) assert.equal((await ask()).count, 0)
  const each = (performance.now() - start) / 100
  const more = (await service.resident()) - before
  t.diagnostic(`${each.toFixed(1)} ms a request beside them, ${Math.round(more / MIB)} MiB more`)
  assert.ok(more < 128 * MIB, `${Math.round(more / MIB)} MiB more`)
  assert.equal((await fetch(`${service.url}/readyz`)).status, 200)
  for (const { socket } of clients) socket.destroy()
  assert.equal((await ask()).count, 0)
})

test('what one list, wait or page may take has an end', options, async t => {
  const { api } = await openBareService(t)
  for (const path of [
    '/snapshots/?limit=1000000',
    '/servers/?limit=1000000&offset=1000000',
    '/operations/?offset=9007199254740991',
  ]) {
    const { status } = await api.call('GET', path)
    assert.ok(status === 200 || status === 400, `${path}: ${status}`)
  }
  // An hour is asked for; there is nothing to wait for.
  const { status } = await api.call('POST', '/snapshots/', { server_id: 1, name: 'one' }, { prefer: 'wait=3600' })
  assert.equal(status, 404)
})
