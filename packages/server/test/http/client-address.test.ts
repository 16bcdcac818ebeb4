/** Whose address the log shows, and whom it is believed from. */
import assert from 'node:assert/strict'
import { test } from '../support/databases.ts'
import { openWorld } from './harness.ts'

/** The addresses in the log after one request without a good token. */
async function clientsOf(
  t: Parameters<typeof openWorld>[0],
  trustedProxies: string[],
  headers: Record<string, string>,
) {
  const { call, lines } = await openWorld(t, { engine: false, trustedProxies })
  await call('servers/', { token: null, headers })
  return lines
    .map(line => JSON.parse(line) as { msg: string; status?: number; client?: string })
    .flatMap(line => (line.msg === 'request' ? [[line.status, line.client]] : []))
}

test('a request without a good token is logged with the address it came from', async t => {
  assert.deepEqual(await clientsOf(t, [], {}), [[401, '127.0.0.1']])
})

test('what a proxy says of it is believed only from a trusted one', async t => {
  const forwarded = { 'x-forwarded-for': '203.0.113.7' }
  assert.deepEqual(await clientsOf(t, [], forwarded), [[401, '127.0.0.1']])
  assert.deepEqual(await clientsOf(t, ['10.0.0.0/8'], forwarded), [[401, '127.0.0.1']])
  assert.deepEqual(await clientsOf(t, ['127.0.0.0/8'], forwarded), [[401, '203.0.113.7']])
})

test('what a client itself has put before its proxy’s word is not believed', async t => {
  const forwarded = { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' }
  assert.deepEqual(await clientsOf(t, ['127.0.0.1'], forwarded), [[401, '203.0.113.7']])
  assert.deepEqual(await clientsOf(t, ['127.0.0.1', '203.0.113.7'], forwarded), [[401, '198.51.100.1']])
})

test('reading is not logged, changing is', async t => {
  const { call, post, lines } = await openWorld(t, { engine: false })
  await call('servers/')
  assert.deepEqual(lines, [])
  await post('tokens/', { name: 'x', permissions: ['servers:read'] })
  assert.equal(lines.length, 1)
})
