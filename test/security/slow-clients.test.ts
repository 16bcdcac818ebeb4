/**
 * Clients that never come to an end: their headers have 10 seconds and the whole request 30, whoever they are, so this
 * takes as long. Nobody else waits for them. (API4:2023, see api4-resources.test.ts)
 */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { needs } from '../support/needs.ts'
import { openBareService } from './support/bare-service.ts'
import { dial } from './support/dial.ts'

const options = { skip: needs('qemu-img'), timeout: 120_000 }

/** Bytes that come one after the other, a second apart, for as long as the service takes them. */
function drip(t: TestContext, socket: Socket, piece: string): void {
  const timer = setInterval(() => socket.write(piece), 1000)
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

test('who never comes to an end is told so and hung up on, and nobody else waits for it', options, async t => {
  const service = await openBareService(t, { RESTPOINT_RATE_LIMIT: '0' })
  let served = 0
  const ended = Object.entries(slow).map(async ([what, of]) => {
    const [begins, goesOn] = of(service.token)
    const client = await dial(t, service)
    client.socket.write(begins)
    if (goesOn !== null) drip(t, client.socket, goesOn)
    const said = await client.closed
    assert.match(said, /^HTTP\/1\.1 408 [^]*"code":"invalid_request"/, `${what}: ${said}`)
  })
  const all = Promise.all(ended)
  let isOver = false
  void all.finally(() => {
    isOver = true
  })
  while (!isOver) {
    const { count } = await service.api.get<{ count: number }>('/snapshots/')
    assert.equal(count, 0)
    served++
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  await all
  t.diagnostic(`${served} others were served meanwhile`)
  assert.ok(served > 10)
})
