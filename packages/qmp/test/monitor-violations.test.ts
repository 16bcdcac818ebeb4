/** What a real QEMU cannot be made to say. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { Monitor } from '../src/monitor.ts'
import { onLine, peer } from './support/peer.ts'

const greeting = '{"QMP":{"version":{"qemu":{"major":7,"minor":2,"micro":22}},"capabilities":[]}}\n'

/** Behaves until the first command after the handshake, and answers that one with `text`. */
function misbehaves(text: string | Buffer): (client: Socket) => void {
  return client => {
    client.write(greeting)
    onLine(client, ({ execute, id }) => {
      if (execute === 'qmp_capabilities') client.write(`{"return":{},"id":${id}}\n`)
      else client.write(text)
    })
  }
}

for (const [what, text, reason] of [
  ['something that is not JSON', 'hello\n', 'garbage'],
  ['JSON that is no object', '[]\n', 'garbage'],
  ['an answer to nobody', '{"return":{}}\n', 'garbage'],
  ['a line without an end', Buffer.alloc(17 * 1024 * 1024, 0x20), 'too_large'],
] as const) {
  test(`${what} ends the connection`, async t => {
    const monitor = await Monitor.connect(await peer(t, misbehaves(text)))
    await assert.rejects(monitor.execute('query-status'), { name: 'ConnectionClosed', reason })
    assert.equal(monitor.closed, true)
  })
}

test('a peer that greets as somebody else is left', async t => {
  const socket = await peer(t, client => client.write('{"hello":"world"}\n'))
  await assert.rejects(Monitor.connect(socket), { name: 'ConnectionClosed', reason: 'garbage' })
})

test('a peer that hangs up instead of a greeting is told from one that is silent', async t => {
  const rude = await peer(t, client => client.end())
  await assert.rejects(Monitor.connect(rude), { name: 'ConnectionClosed', reason: 'ended' })
  const silent = await peer(t, () => {})
  await assert.rejects(Monitor.connect(silent, { timeoutMs: 50 }), { name: 'Timeout', timeoutMs: 50 })
  const half = await peer(t, client => client.write(greeting))
  await assert.rejects(Monitor.connect(half, { timeoutMs: 50 }), { name: 'Timeout' })
})

test('an event without a time and an answer with an odd error harm nobody', async t => {
  const odd = '{"event":"X"}\n{"id":99,"return":{}}\n{"id":2,"error":5}\n'
  const monitor = await Monitor.connect(await peer(t, misbehaves(odd)))
  t.after(() => monitor.close())
  const names: string[] = []
  monitor.onEvent(event => names.push(event.name))
  await assert.rejects(monitor.execute('query-status'), { name: 'QmpError', errorClass: 'undefined' })
  assert.deepEqual(names, ['X'])
})
