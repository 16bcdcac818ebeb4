import assert from 'node:assert/strict'
import { BODY_LIMIT } from '../../src/http/body.ts'
import { test } from '../support/databases.ts'
import { openWorld } from './harness.ts'

test('what is not JSON in UTF-8 and says so is a 415, and nothing happens', async t => {
  const world = await openWorld(t, { engine: false })
  const raw = JSON.stringify({ server_id: world.serverId, name: 'one' })
  for (const type of [
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=latin1',
    'application/jsonp',
    'nonsense',
  ]) {
    const { status, body } = await world.post('snapshots/', undefined, { raw, headers: { 'content-type': type } })
    assert.deepEqual([type, status, body.code], [type, 415, 'unsupported_media_type'])
  }
  const zipped = await world.post('snapshots/', undefined, { raw, headers: { 'content-encoding': 'gzip' } })
  assert.equal(zipped.status, 415)
  assert.equal(await world.count('snapshots'), 0)
})

test('JSON may say that it is UTF-8', async t => {
  const world = await openWorld(t, { engine: false })
  for (const type of [
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
  ]) {
    const { status } = await world.create('one', { headers: { 'content-type': type } })
    assert.deepEqual([type, status], [type, 201])
  }
})

test('without a body any content type will do: clients send one on everything', async t => {
  const world = await openWorld(t)
  const id = await world.completed('one')
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
    const headers = { 'content-type': type, prefer: 'wait=30' }
    assert.equal((await world.call('snapshots/', { headers })).status, 200)
    assert.equal((await world.post(`snapshots/${id}/restore/`, undefined, { headers })).status, 200)
    assert.equal((await world.call('snapshots/999/', { method: 'DELETE', headers })).status, 404)
  }
  const none = await world.app.inject({
    method: 'POST',
    url: `/api/v1/servers/${world.serverId}/undo/`,
    headers: { authorization: `Bearer ${world.token}` },
  })
  assert.equal(none.statusCode, 200)
})

test('a body that is too large is a 413, and nothing happens', async t => {
  const world = await openWorld(t, { engine: false })
  const fitting = { server_id: world.serverId, name: 'one', filler: '' }
  fitting.filler = 'x'.repeat(BODY_LIMIT - JSON.stringify(fitting).length)
  const largest = await world.post('snapshots/', fitting)
  assert.equal(largest.status, 201)
  const { status, body } = await world.post('snapshots/', { ...fitting, filler: `${fitting.filler}x` })
  assert.deepEqual([status, body.code], [413, 'body_too_large'])
  assert.equal(await world.count('snapshots'), 1)
})

test('the client gets to read the 413 of a body of any length, sized or chunked', async t => {
  const world = await openWorld(t, { engine: false })
  const url = `${await world.app.listen({ host: '127.0.0.1', port: 0 })}/api/v1/snapshots/`
  const headers = { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' }
  const large = Buffer.alloc(20 * 1024 * 1024, '[')
  const chunks = (async function* () {
    for (let sent = 0; sent < 20; sent++) yield large.subarray(0, 1024 * 1024)
  })()
  for (const init of [{ body: large }, { body: ReadableStream.from(chunks), duplex: 'half' as const }]) {
    const reply = await fetch(url, { method: 'POST', headers, ...init })
    const problem = (await reply.json()) as { code: string }
    assert.deepEqual([reply.status, problem.code], [413, 'body_too_large'])
  }
})

test('bad JSON is a 400 that says what is wrong, and nothing happens', async t => {
  const world = await openWorld(t, { engine: false })
  const bodies = ['{', '{"server_id":1,"name":"a","name":"b"}', '{"__proto__":{}}', Buffer.from([0x22, 0xff, 0x22])]
  for (const raw of bodies) {
    const { status, body } = await world.post('snapshots/', undefined, { raw })
    assert.deepEqual([status, body.code, Object.keys(body.errors)], [400, 'invalid_request', ['body']])
  }
  const restore = await world.post('snapshots/1/restore/', undefined, { raw: '{' })
  assert.equal(restore.status, 400)
  assert.equal(await world.count('snapshots'), 0)
})

test('null is a body, and a wrong one, also where nothing has to be given', async t => {
  const world = await openWorld(t, { engine: false })
  for (const [method, path] of [
    ['PATCH', `servers/${world.serverId}/`],
    ['POST', 'snapshots/'],
  ] as const) {
    const { status, body } = await world.call(path, { method, raw: 'null' })
    assert.deepEqual([path, status, body.code], [path, 400, 'invalid_request'])
  }
  assert.equal((await world.call(`servers/${world.serverId}/`, { method: 'PATCH' })).status, 200)
})
