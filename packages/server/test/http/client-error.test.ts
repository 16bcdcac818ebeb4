import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { test } from '../support/databases.ts'
import { openWorld } from './harness.ts'

/** Everything the server says to these bytes until it closes; a reset connection is an error. */
async function say(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', chunk => (text += chunk))
  socket.write(bytes)
  await once(socket, 'close')
  return text
}

test('what is no HTTP request gets a problem and a clean close', async t => {
  const world = await openWorld(t, { engine: false })
  await world.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = world.app.server.address() as AddressInfo
  const get = 'GET /healthz HTTP/1.1\r\nHost: x\r\n'
  const cases: [string, string | Buffer, number][] = [
    ['noise', Buffer.from([0x16, 3, 1, 0, 0xff, 0, 1]), 400],
    ['a line', 'hello\r\n\r\n', 400],
    ['a space in a header name', `${get}a b: c\r\n\r\n`, 400],
    ['two lengths', `${get}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400],
    ['length and chunks', `${get}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
    ['headers of 200 KB', `${get}X: ${'x'.repeat(200_000)}\r\n\r\n`, 431],
    ['a path of 200 KB', `GET /api/v1/${'x'.repeat(200_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ]
  for (const [what, bytes, status] of cases) {
    const text = await say(port, bytes)
    assert.ok(text.startsWith(`HTTP/1.1 ${status} `), `${what}: ${text}`)
    const [head, body] = text.split('\r\n\r\n', 2) as [string, string]
    assert.match(head, /\r\nContent-Type: application\/problem\+json\r\n/)
    assert.match(head, /\r\nConnection: close(\r\n|$)/)
    const problem = JSON.parse(body) as { status: number; code: string }
    assert.deepEqual([problem.status, problem.code], [status, 'invalid_request'])
  }
  const alive = await fetch(`http://127.0.0.1:${port}/healthz`)
  assert.equal(alive.status, 200)
})

test('a request that was refused leaves its connection usable', async t => {
  const world = await openWorld(t, { engine: false })
  await world.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = world.app.server.address() as AddressInfo
  const head = `Host: x\r\nAuthorization: Bearer ${world.token}\r\nContent-Type: application/json\r\n`
  const bad = `POST /api/v1/snapshots/ HTTP/1.1\r\n${head}Content-Length: 5\r\n\r\n{"a":`
  const anonymous = 'POST /api/v1/snapshots/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{"a":'
  const last = `GET /api/v1/snapshots/ HTTP/1.1\r\n${head}Connection: close\r\n\r\n`
  const text = await say(port, bad + anonymous + last)
  assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 400', 'HTTP/1.1 401', 'HTTP/1.1 200'])
})

test('requests must arrive within limits', async t => {
  const world = await openWorld(t, { engine: false })
  const { headersTimeout, requestTimeout } = world.app.server
  // Node's own name for how often it looks; its types do not have it.
  const { connectionsCheckingInterval } = world.app.server as unknown as Record<string, unknown>
  assert.deepEqual([headersTimeout, requestTimeout, connectionsCheckingInterval], [10_000, 30_000, 5_000])
})
