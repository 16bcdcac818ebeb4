import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { permissions } from '../../src/domain/permissions.ts'
import { test } from '../support/databases.ts'
import { openWorld } from './harness.ts'

test('without a live token everything of the API is a 401 with a challenge, before its body is looked at', async t => {
  const world = await openWorld(t, { engine: false })
  const { token } = world
  const last = token.at(-1) === 'A' ? 'B' : 'A'
  const bad: Record<string, string | undefined> = {
    none: undefined,
    empty: '',
    'another scheme': `Basic ${token}`,
    'no scheme': token,
    'one byte off': `Bearer ${token.slice(0, -1)}${last}`,
    'too long': `Bearer ${token}A`,
    'in quotes': `Bearer "${token}"`,
    'two in one': `Bearer ${token}, Bearer ${token}`,
    unknown: `Bearer rp_${'x'.repeat(43)}`,
  }
  for (const [what, authorization] of Object.entries(bad)) {
    const headers = authorization === undefined ? {} : { authorization }
    for (const [method, path] of [
      ['GET', 'snapshots/'],
      ['POST', 'snapshots/'],
      ['DELETE', 'snapshots/1/'],
      ['POST', 'servers/1/undo/'],
      ['GET', `snapshots/${'9'.repeat(1000)}/`],
      ['GET', 'account/me/'],
      ['GET', 'tokens/'],
    ] as const) {
      const { status, body, headers: answered } = await world.call(path, { method, token: null, headers, raw: '{' })
      assert.deepEqual([what, status, body.code], [what, 401, 'unauthenticated'])
      assert.equal(answered['www-authenticate'], 'Bearer')
      assert.match(String(answered['content-type']), /^application\/problem\+json/)
    }
  }
})

test('the scheme is case-insensitive', async t => {
  const world = await openWorld(t, { engine: false })
  for (const scheme of ['bearer', 'BEARER', 'Bearer  '.trim()]) {
    const headers = { authorization: `${scheme} ${world.token}` }
    assert.equal((await world.call('snapshots/', { token: null, headers })).status, 200)
  }
})

test('a cookie or a query parameter is no token', async t => {
  const world = await openWorld(t, { engine: false })
  const { token } = world
  const headers = { cookie: `token=${token}; Authorization=Bearer ${token}` }
  assert.equal(
    (await world.call(`snapshots/?token=${token}&access_token=${token}`, { token: null, headers })).status,
    401,
  )
})

test('a doubled Authorization header is refused, also where both are right', async t => {
  const world = await openWorld(t, { engine: false })
  await world.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = world.app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  const line = `Authorization: Bearer ${world.token}\r\n`
  socket.end(`GET /api/v1/snapshots/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${line}${line}\r\n`)
  let text = ''
  socket.on('data', chunk => (text += chunk))
  await once(socket, 'close')
  assert.match(text, /^HTTP\/1\.1 401 /)
  assert.match(text, /"code":"unauthenticated"/)
})

test('an expired token and a revoked one are refused at once', async t => {
  const world = await openWorld(t, { engine: false })
  const expires_at = new Date(world.now() + 60_000).toISOString()
  const made = await world.post('tokens/', { name: 'short', permissions: ['snapshots:read'], expires_at })
  const call = () => world.call('snapshots/', { token: made.body.token })
  assert.equal((await call()).status, 200)
  world.clock.offset = 61_000
  assert.equal((await call()).status, 401)
  world.clock.offset = 0
  assert.equal((await call()).status, 200)
  assert.equal((await world.call(`tokens/${made.body.id}/`, { method: 'DELETE' })).status, 204)
  assert.equal((await call()).status, 401)
})

const reading = { 'GET snapshots/': 'snapshots:read', 'GET snapshots/1/': 'snapshots:read' }
const writing = {
  'POST snapshots/': 'snapshots:write',
  'POST snapshots/1/restore/': 'snapshots:write',
  'DELETE snapshots/1/': 'snapshots:write',
}
const servers = {
  'GET servers/': 'servers:read',
  'GET servers/1/': 'servers:read',
  'GET servers/1/layers/': 'servers:read',
  'GET operations/': 'servers:read',
  'GET operations/1/': 'servers:read',
  'POST servers/1/start/': 'servers:write',
  'POST servers/1/stop/': 'servers:write',
  'POST servers/1/reboot/': 'servers:write',
  'POST servers/1/undo/': 'servers:write',
  'POST servers/1/exec/': 'servers:exec',
  'GET servers/1/exec/1/': 'servers:exec',
}
const tokens = { 'GET tokens/': 'tokens:write', 'POST tokens/': 'tokens:write', 'DELETE tokens/9/': 'tokens:write' }
const host = {
  'GET accounts/': 'admin',
  'POST accounts/': 'admin',
  'GET accounts/1/': 'admin',
  'PATCH accounts/1/': 'admin',
  'DELETE accounts/1/': 'admin',
}

test('each route needs its permission and no other, and says which', async t => {
  const world = await openWorld(t, { engine: false })
  for (const permission of permissions) {
    const token = await world.tokenWith(permission)
    for (const [route, needed] of Object.entries({ ...reading, ...writing, ...servers, ...tokens, ...host })) {
      const [method, path] = route.split(' ') as ['GET' | 'POST' | 'PATCH' | 'DELETE', string]
      const { status, body } = await world.call(path, { method, token, ...(method[0] === 'P' ? { body: {} } : {}) })
      const isAllowed = permission === 'admin' || permission === needed
      assert.equal(status === 403, !isAllowed, `${route} with ${permission}: ${status}`)
      if (!isAllowed) {
        assert.equal(body.code, 'permission_denied')
        assert.ok(body.detail.includes(`"${needed}"`), body.detail)
      }
    }
    assert.equal((await world.call('account/me/', { token })).status, 200)
  }
})

test('last use is noted, at most once a minute', async t => {
  const world = await openWorld(t, { engine: false })
  const lastUse = async () => {
    const row = await world.db.selectFrom('tokens').select('last_used_at').where('id', '=', 1).executeTakeFirst()
    return row?.last_used_at
  }
  await world.call('account/me/')
  const first = await lastUse()
  assert.ok(first)
  world.clock.offset = 59_000
  await world.call('account/me/')
  assert.equal(await lastUse(), first)
  world.clock.offset = 61_000
  await world.call('account/me/')
  assert.notEqual(await lastUse(), first)
})

test('nothing of a token gets into the log', async t => {
  const world = await openWorld(t, { engine: false })
  await world.create('one')
  const made = await world.post('tokens/', { name: 'x', permissions: ['admin'] })
  await world.call('snapshots/', { token: `${world.token.slice(0, -1)}!` })
  const log = world.lines.join('')
  assert.match(log, /"route":"\/api\/v1\/snapshots\/"/)
  for (const secret of [world.token.slice(3, -1), made.body.token.slice(3)]) assert.ok(!log.includes(secret))
})
