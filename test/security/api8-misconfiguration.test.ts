/**
 * API8:2023, security misconfiguration: what is answered beside the answer, methods that nobody needs, and how the service
 * is set where nobody has set it. Errors of ours tell nothing of their cause: packages/server/test/http/error-handler.test.ts.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import { readConfig } from '../../packages/server/src/config.ts'
import { openWorld } from '../../packages/server/test/http/harness.ts'
import { testOn } from '../../packages/server/test/support/databases.ts'
import { needs } from '../support/needs.ts'
import { newStateDir, removeState, startService } from '../system/support/service.ts'
import { operations } from './support/document.ts'

testOn(
  'sqlite',
  'every answer, right or wrong, says that it is not to be stored or sniffed, and nothing of what made it',
  async t => {
    const world = await openWorld(t, { engine: false })
    const asked = [
      ...operations.map(({ method, path }) => ({ method, path: path.replaceAll(/\{\w+\}/g, '1') })),
      { method: 'GET', path: '/nothing' } as const,
      { method: 'PUT', path: '/api/v1/snapshots/' } as const,
      { method: 'GET', path: '/openapi.json' } as const,
    ]
    for (const { method, path } of asked) {
      for (const token of [world.token, null]) {
        const { headers } = await world.call(path, { method, token, headers: { origin: 'https://example.org' } })
        const what = `${method} ${path}`
        assert.equal(headers['x-content-type-options'], 'nosniff', what)
        if (path.startsWith('/api/')) assert.equal(headers['cache-control'], 'no-store', what)
        const telling = Object.keys(headers).filter(name =>
          /^(server|x-powered-by|via|set-cookie|access-control-)/.test(name),
        )
        assert.deepEqual(telling, [], what)
      }
    }
  },
)

testOn('sqlite', 'methods that only help an attacker are refused', async t => {
  const world = await openWorld(t, { engine: false })
  await world.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = world.app.server.address() as AddressInfo
  const say = async (line: string) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', chunk => (text += chunk))
    socket.on('error', () => {})
    socket.write(
      `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${world.token}\r\nX-Secret: mirror\r\n\r\n`,
    )
    await once(socket, 'close')
    return text
  }
  for (const method of ['TRACE', 'TRACK', 'DEBUG', 'PROPFIND', 'CONNECT']) {
    for (const target of ['/api/v1/snapshots/', '/', 'localhost:22']) {
      const text = await say(`${method} ${target}`)
      assert.match(text, /^(HTTP\/1\.1 (400|404|405|501) |$)/, `${method} ${target}`)
      assert.ok(!text.includes('mirror') && !text.includes(world.token), text)
    }
  }
})

test('what nobody has set is set with care', () => {
  const config = readConfig({}, { isRoot: true, home: '/root' })
  assert.equal(config.listen.host, '127.0.0.1', 'nobody beyond this host')
  assert.ok(config.rateLimit > 0)
  assert.deepEqual(config.trustedProxies, [], 'nobody is believed whom they ask for')
  assert.ok(config.reserveMb > 0 && config.snapshotLimit === 5)
  assert.ok(!['trace', 'debug'].includes(config.logLevel))
})

test('what the service keeps is for nobody else', { skip: needs('qemu-img'), timeout: 60_000 }, async t => {
  const stateDir = await newStateDir()
  t.after(() => removeState(stateDir))
  const service = await startService({ stateDir, env: { RESTPOINT_DEMO: '0' } })
  t.after(() => service.kill())
  for (const name of ['', 'restpoint.db', 'admin-token', 'lock', 'guests', 'guests/machines', 'guests/layers']) {
    const { mode } = await stat(path.join(stateDir, name))
    assert.equal(mode & 0o077, 0, `${name || 'the state folder'} has the mode ${(mode & 0o777).toString(8)}`)
  }
})
