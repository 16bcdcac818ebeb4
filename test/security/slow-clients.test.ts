/**
 * Clients that never come to an end: their headers and the whole request have their time, whoever they are, and nobody
 * else waits for them. (API4:2023, see api4-resources.test.ts) The server is the real one, with less time than it has:
 * packages/server/test/http/client-error.test.ts looks at how much that is.
 */
import assert from 'node:assert/strict'
import type { AddressInfo, Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openWorld } from '../../packages/server/test/http/harness.ts'
import { testOn } from '../../packages/server/test/support/databases.ts'
import { dial } from './support/dial.ts'

/** Bytes that come one after the other, for as long as the service takes them. */
function drip(t: TestContext, socket: Socket, piece: string): void {
  const timer = setInterval(() => socket.write(piece), 100)
  t.after(() => clearInterval(timer))
  socket.once('close', () => clearInterval(timer))
}

const head = (token: string, more: string) =>
  `POST /api/v1/snapshots/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n${more}`

/** What never ends → how it begins, and what goes on coming. */
const slow: Record<string, (token: string) => [begins: string, goesOn: string | null]> = {
  'nothing at all behind the first line': () => ['GET /healthz HTTP/1.1\r\n', null],
  'headers, one by one': () => ['GET /healthz HTTP/1.1\r\nHost: x\r\n', 'X-Slow: 1\r\n'],
  'one header, letter by letter': () => ['GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ', 'a'],
  'a body that does not come': token => [head(token, 'Content-Length: 1000\r\n\r\n'), null],
  'a body, letter by letter': token => [head(token, 'Content-Length: 1000\r\n\r\n{"name":"'), 'a'],
  'a body in chunks without end': token => [head(token, 'Transfer-Encoding: chunked\r\n\r\n'), '1\r\na\r\n'],
}

testOn('sqlite', 'who never comes to an end is told so and hung up on, and nobody else waits for it', async t => {
  const sockets: Socket[] = []
  // Before the server is closed, which waits for them.
  t.after(() => sockets.forEach(socket => socket.destroy()))
  const { app, token } = await openWorld(t, { engine: false })
  Object.assign(app.server, { headersTimeout: 1000, requestTimeout: 3000, connectionsCheckingInterval: 50 })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const told = new Map<string, string>()
  for (const [what, of] of Object.entries(slow)) {
    const [begins, goesOn] = of(token)
    const { socket, closed } = await dial(t, { port })
    sockets.push(socket)
    socket.write(begins)
    if (goesOn !== null) drip(t, socket, goesOn)
    void closed.then(said => told.set(what, said))
  }
  let served = 0
  for (const deadline = Date.now() + 60_000; told.size < sockets.length && Date.now() < deadline; await sleep(50)) {
    const headers = { authorization: `Bearer ${token}` }
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/snapshots/`, { headers })
    assert.deepEqual(await reply.json(), { count: 0, results: [] })
    served++
  }
  for (const what of Object.keys(slow)) {
    assert.match(told.get(what) ?? '', /^HTTP\/1\.1 408 [^]*"code":"invalid_request"/, what)
  }
  t.diagnostic(`${served} others were served meanwhile`)
  assert.ok(served > 10)
})
