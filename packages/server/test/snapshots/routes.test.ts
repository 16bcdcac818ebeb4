import assert from 'node:assert/strict'
import { CompiledQuery } from 'kysely'
import { openWorld } from '../http/harness.ts'
import { test, testOn } from '../support/databases.ts'

const KEYS = ['id', 'server', 'name', 'status', 'size_mb', 'created_at', 'description']
const waiting = { headers: { prefer: 'wait=30' } }

test('create answers at once with exactly the documented keys', async t => {
  const world = await openWorld(t, { engine: false })
  const request = { server_id: world.serverId, name: 'pre-migration_1', description: 'Before the migration' }
  const { status, body, headers } = await world.post('snapshots/', request)
  assert.equal(status, 201)
  assert.deepEqual(Object.keys(body), [...KEYS, 'message'])
  assert.deepEqual(body, {
    id: 1,
    server: { id: world.serverId, name: 'web-server-01' },
    name: 'pre-migration_1',
    status: 'in_progress',
    size_mb: null,
    created_at: body.created_at,
    description: 'Before the migration',
    message: body.message,
  })
  assert.match(body.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.equal(headers['operation-id'], '1')
})

test('the estimate is the host’s own history, and says where there is none', async t => {
  const world = await openWorld(t)
  assert.match((await world.create('one')).body.message, /is being created\. .* not known yet/)
  const { body } = await world.create('two', waiting)
  assert.equal(body.message, 'The snapshot has been created.')
  assert.match((await world.create('three')).body.message, /is being created\. .* less than a second/)
})

test('a list has count and results, newest first, with exactly the documented keys', async t => {
  const world = await openWorld(t)
  const first = await world.completed('first')
  const second = await world.completed('second')
  const { status, body } = await world.call('snapshots/')
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(body), ['count', 'results'])
  assert.deepEqual([body.count, body.results.map((snapshot: { id: number }) => snapshot.id)], [2, [second, first]])
  for (const snapshot of body.results) {
    assert.deepEqual(Object.keys(snapshot), KEYS)
    assert.deepEqual([snapshot.status, snapshot.size_mb], ['completed', 1])
  }
})

test('the list by server; an unknown server has none; nobody else’s', async t => {
  const world = await openWorld(t, { engine: false })
  const second = await world.addServer(world.accountId, 'second')
  const theirs = await world.addAccount('other')
  const theirServer = await world.addServer(theirs.accountId, 'theirs')
  await world.create('a')
  await world.post('snapshots/', { server_id: second, name: 'b' })
  await world.post('snapshots/', { server_id: theirServer, name: 'c' }, { token: theirs.token })
  const names = async (query: string, token = world.token) => {
    const { status, body } = await world.call(`snapshots/${query}`, { token })
    return [status, body.count, body.results.map((snapshot: { name: string }) => snapshot.name).join('')]
  }
  assert.deepEqual(await names(''), [200, 2, 'ba'])
  assert.deepEqual(await names(`?server_id=${second}`), [200, 1, 'b'])
  assert.deepEqual(await names(`?server_id=0${second}`), [200, 1, 'b'])
  assert.deepEqual(await names('?server_id=999'), [200, 0, ''])
  assert.deepEqual(await names(`?server_id=${theirServer}`), [200, 0, ''])
  assert.deepEqual(await names('', theirs.token), [200, 1, 'c'])
  for (const id of ['', '0', '-1', '1.5', 'x', String(2 ** 53), '9'.repeat(30), '1&server_id=2', '%EF%BC%91', '%zz']) {
    const { status, body } = await world.call(`snapshots/?server_id=${id}`)
    assert.deepEqual([id, status, Object.keys(body.errors)], [id, 400, ['server_id']])
  }
})

test('a failed one stays listed for a day', async t => {
  const world = await openWorld(t, { engine: false })
  const { body } = await world.create('one')
  const ended_at = world.now()
  await world.db.updateTable('snapshots').set({ status: 'failed', ended_at }).execute()
  const seen = async () => [
    (await world.call('snapshots/')).body.count,
    (await world.call(`snapshots/?server_id=${world.serverId}&limit=9`)).body.count,
    (await world.call(`snapshots/${body.id}/`)).status,
  ]
  world.clock.offset = 23 * 3600_000
  assert.deepEqual(await seen(), [1, 1, 200])
  world.clock.offset = 25 * 3600_000
  assert.deepEqual(await seen(), [0, 0, 404])
})

testOn('sqlite', 'the list is found by an index, whatever else there is', async t => {
  const world = await openWorld(t, { engine: false })
  const { visibleSnapshots } = await import('../../src/snapshots/store.ts')
  for (const serverId of [undefined, 1]) {
    const query = visibleSnapshots(world.db, { accountId: 1, serverId, now: 0 })
    const { sql: text, parameters } = query.compile()
    const { rows } = await world.db.executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${text}`, [...parameters]),
    )
    const plan = rows.map(row => row.detail)
    assert.ok(
      plan.some(line => /^SEARCH snapshots USING INDEX snapshots_by_/.test(line)),
      plan.join('\n'),
    )
    assert.ok(!/SCAN|TEMP B-TREE/.test(plan.join()), plan.join('\n'))
  }
})

test('what is wrong is refused by name, and nothing happens', async t => {
  const world = await openWorld(t, { engine: false })
  const right = { server_id: world.serverId, name: 'x' }
  const cases: [unknown, string[]][] = [
    [undefined, ['name', 'server_id']],
    [{}, ['name', 'server_id']],
    [{ name: 'x' }, ['server_id']],
    [{ server_id: world.serverId }, ['name']],
    ...[null, true, '', 'x', '1.5', '-1', '0', '٣', 0, -1, 1.5, 2 ** 53, '9'.repeat(20), [1], { id: 1 }].map(
      (server_id): [unknown, string[]] => [{ ...right, server_id }, ['server_id']],
    ),
    ...[
      null,
      7,
      '',
      'a b',
      'a/b',
      '..',
      'a\n',
      'é',
      'а',
      '$(x)',
      '`x`',
      "'",
      '"',
      '{{7*7}}',
      'json:{}',
      '😀',
      'x'.repeat(256),
      ['x'],
    ].map((name): [unknown, string[]] => [{ ...right, name }, ['name']]),
    ...[7, true, ['x'], {}, 'x'.repeat(1001)].map((description): [unknown, string[]] => [
      { ...right, description },
      ['description'],
    ]),
  ]
  for (const [request, fields] of cases) {
    const { status, body } = await world.post('snapshots/', request)
    assert.deepEqual([status, body.code], [400, 'invalid_request'], JSON.stringify(request))
    assert.deepEqual(Object.keys(body.errors).sort(), fields, JSON.stringify(request))
    for (const messages of Object.values(body.errors) as string[][]) assert.equal(messages.length, 1)
  }
  for (const raw of ['[]', '7', '"x"', 'true']) {
    assert.equal((await world.post('snapshots/', undefined, { raw })).status, 400)
  }
  assert.equal(await world.count('snapshots'), 0)
})

test('what is lenient: unknown keys, an id of digits, a description of null or 1,000 characters', async t => {
  const world = await openWorld(t, { engine: false, snapshotLimit: 9 })
  const right = { server_id: world.serverId, name: 'A-z_9' }
  const lenient: [object, string][] = [
    [{ ...right, whatever: { a: [1] } }, ''],
    [{ ...right, server_id: `0${world.serverId}` }, ''],
    [{ ...right, description: null }, ''],
    [{ ...right, description: '😀'.repeat(1000) }, '😀'.repeat(1000)],
    [{ ...right, name: 'x'.repeat(255) }, ''],
  ]
  for (const [request, description] of lenient) {
    const { status, body } = await world.post('snapshots/', request)
    assert.deepEqual([status, body.description], [201, description])
  }
})

test('an unknown server and somebody else’s are the same 404', async t => {
  const world = await openWorld(t, { engine: false })
  const theirs = await world.addAccount('other')
  const theirServer = await world.addServer(theirs.accountId, 'theirs')
  const replies = []
  for (const server_id of [999, theirServer]) replies.push(await world.post('snapshots/', { server_id, name: 'x' }))
  assert.deepEqual(
    replies.map(reply => reply.status),
    [404, 404],
  )
  assert.equal(replies[0]?.text, replies[1]?.text)
})

test('the query asks for a consistency; memory is a capability to come; other values are refused', async t => {
  const world = await openWorld(t)
  const request = { server_id: world.serverId, name: 'x' }
  const asked = async (query: string) => {
    const { body } = await world.post(`snapshots/${query}`, request, waiting)
    return (await world.call(`snapshots/${body.id}/`)).body.receipt.requested
  }
  assert.equal(await asked(''), 'auto')
  assert.equal(await asked('?consistency=crash&memory=false'), 'crash')
  assert.equal(await asked('?consistency=auto&else=1'), 'auto')
  const memory = await world.post('snapshots/?memory=true', request)
  assert.deepEqual([memory.status, memory.body.code], [400, 'capability_missing'])
  for (const query of [
    'consistency=none',
    'consistency=',
    'consistency=auto&consistency=auto',
    'memory=1',
    'memory=',
  ]) {
    const { status, body } = await world.post(`snapshots/?${query}`, request)
    assert.deepEqual([status, Object.keys(body.errors)], [400, [query.split('=')[0]]], query)
  }
  assert.equal(await world.count('snapshots'), 3)
})

test('the limit holds for many at once, and a deleted one frees its place', async t => {
  const world = await openWorld(t)
  const replies = await Promise.all(Array.from({ length: 20 }, (_, i) => world.create(`s${i}`)))
  const codes = replies.map(reply => (reply.status === 201 ? 'created' : reply.body.code))
  assert.deepEqual(
    [codes.filter(code => code === 'created').length, new Set(codes)],
    [5, new Set(['created', 'snapshot_limit_reached'])],
  )
  assert.equal((await world.call('snapshots/')).body.count, 5)
  const { id } = replies.find(reply => reply.status === 201)?.body ?? {}
  assert.equal((await world.call(`snapshots/${id}/`, { method: 'DELETE' })).status, 204)
  assert.equal((await world.create('again')).status, 201)
})

test('too little space is refused with the figures, before anything happens', async t => {
  const world = await openWorld(t, { engine: false, reserveMb: 1000 })
  world.memory.controls.setFreeBytes(999 * 1024 * 1024)
  const { status, body } = await world.create('x')
  assert.deepEqual([status, body.code], [400, 'not_enough_space'])
  assert.match(body.detail, /999 .*1000 /)
  assert.equal(await world.count('operations'), 0)
})

test('the detail has the receipt, the bytes and the operation', async t => {
  const world = await openWorld(t)
  await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  const { body: created, headers } = await world.create('one', waiting)
  const { status, body } = await world.call(`snapshots/${created.id}/`)
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(body), [...KEYS, 'ended_at', 'operation_id', 'receipt', 'bytes', 'error'])
  assert.equal(String(body.operation_id), headers['operation-id'])
  assert.equal(body.error, null)
  const { cut_at, freeze_ms, pause_ms, ...receipt } = body.receipt
  assert.match(cut_at, /Z$/)
  assert.deepEqual([typeof freeze_ms, typeof pause_ms], ['number', 'number'])
  assert.deepEqual(receipt, {
    requested: 'auto',
    achieved: 'filesystem',
    reason: null,
    reason_text: null,
    running: true,
    driver_version: 'memory',
    disks: [{ slot: 0, size_bytes: 64 * 1024 * 1024, allocated_bytes: 65_536 }],
  })
  assert.deepEqual(body.bytes, { referenced: 65_536, exclusive: 0, shared: 65_536 })
})

test('the detail says why less was achieved, and why one failed', async t => {
  const world = await openWorld(t)
  await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  world.memory.controls.setAgent(world.serverId, 'absent')
  const less = await world.create('less', waiting)
  const { receipt } = (await world.call(`snapshots/${less.body.id}/`)).body
  assert.deepEqual(
    [receipt.achieved, receipt.reason, receipt.reason_text],
    ['crash', 'agent_absent', 'no guest agent is running in the server'],
  )
  const request = { server_id: world.serverId, name: 'none' }
  const none = await world.post('snapshots/?consistency=filesystem', request, waiting)
  const { body } = await world.call(`snapshots/${none.body.id}/`)
  assert.deepEqual([body.status, body.receipt, body.bytes, body.size_mb], ['failed', null, null, null])
  assert.equal(body.error.code, 'consistency_unavailable')
})

test('restore answers at once with exactly the documented shape', async t => {
  const world = await openWorld(t)
  const id = await world.completed('one')
  const before = Math.floor(world.now() / 1000)
  const { status, body, headers } = await world.post(`snapshots/${id}/restore/`)
  assert.equal(status, 200)
  const { created_at } = (await world.call(`snapshots/${id}/`)).body
  assert.deepEqual(body, {
    status: 'success',
    message: body.message,
    snapshot: { id, name: 'one', created_at },
    server: { id: world.serverId, name: 'web-server-01', status: 'restoring' },
  })
  const until = /undone until (\S+Z) at least/.exec(body.message)?.[1] ?? ''
  assert.ok(Date.parse(until) / 1000 - before - 24 * 3600 <= 2, body.message)
  assert.match(body.message, /being restored\. .* not known yet/)
  assert.ok(headers['operation-id'])
})

test('after a wait the restore tells how the server is; a known figure the next time', async t => {
  const world = await openWorld(t)
  await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  const id = await world.completed('one')
  const { body } = await world.post(`snapshots/${id}/restore/`, {}, waiting)
  assert.deepEqual([body.status, body.server.status], ['success', 'active'])
  assert.match(body.message, /was restored in less than a second/)
  assert.match((await world.post(`snapshots/${id}/restore/`)).body.message, /less than a second/)
})

test('a restore that fails says so, and what became of the server', async t => {
  const world = await openWorld(t)
  await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  const id = await world.completed('one')
  const { halt } = world.memory.driver
  world.memory.driver.halt = async () => {
    world.memory.driver.halt = halt
    const { Failure } = await import('../../src/errors.ts')
    throw new Failure('machine_failed', 'It would not quit.')
  }
  const { status, body } = await world.post(`snapshots/${id}/restore/`, undefined, waiting)
  assert.deepEqual([status, body.status, body.server.status], [200, 'failed', 'active'])
  assert.match(body.message, /It would not quit\./)
})

test('only a completed snapshot can be restored', async t => {
  const world = await openWorld(t, { engine: false })
  const { body: created } = await world.create('one')
  const { status, body } = await world.post(`snapshots/${created.id}/restore/`)
  assert.deepEqual([status, body.code], [400, 'snapshot_not_restorable'])
})

test('a restore ignores a body of any keys, as documented routes do', async t => {
  const world = await openWorld(t)
  const id = await world.completed('one')
  for (const raw of ['{}', 'null', '{"force":true}', '']) {
    assert.equal((await world.post(`snapshots/${id}/restore/`, undefined, { raw, ...waiting })).status, 200)
  }
  assert.equal((await world.post(`snapshots/${id}/restore/`, undefined, { raw: '[1]' })).status, 400)
})

test('delete is a 204 without a body, and final', async t => {
  const world = await openWorld(t)
  const id = await world.completed('one')
  const { status, text } = await world.call(`snapshots/${id}/`, { method: 'DELETE' })
  assert.deepEqual([status, text], [204, ''])
  assert.equal((await world.call('snapshots/')).body.count, 0)
  for (const [method, path] of [
    ['DELETE', `snapshots/${id}/`],
    ['GET', `snapshots/${id}/`],
    ['POST', `snapshots/${id}/restore/`],
  ] as const) {
    assert.equal((await world.call(path, { method })).status, 404)
  }
})

test('deleting one in progress cancels it', async t => {
  const world = await openWorld(t, { engine: false })
  const { body, headers } = await world.create('one')
  assert.equal((await world.call(`snapshots/${body.id}/`, { method: 'DELETE' })).status, 204)
  assert.deepEqual(world.cancelled, [Number(headers['operation-id'])])
  await world.startEngine()
  await world.service.engine.waitFor(Number(headers['operation-id']), 30_000)
  const operation = await world.call(`operations/${headers['operation-id']}/`)
  assert.deepEqual([operation.body.status, operation.body.error.code], ['cancelled', 'cancelled'])
})

test('a create that is deleted while it is waited for is told as it ended', async t => {
  const world = await openWorld(t, { engine: false })
  const reply = world.create('one', waiting)
  while ((await world.count('snapshots')) === 0) await new Promise(resolve => setImmediate(resolve))
  await world.call('snapshots/1/', { method: 'DELETE' })
  await world.startEngine()
  const { status, body } = await reply
  assert.deepEqual([status, body.id, body.status], [201, 1, 'failed'])
})
