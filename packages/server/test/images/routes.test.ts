import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { Collector } from '../../src/layers/collector.ts'
import { MIB, openWorld, type World } from '../http/harness.ts'
import { test } from '../support/databases.ts'
import { quiet } from '../support/engine.ts'

const PATH = '/srv/debian-12.qcow2'
const blocks = new Map([
  [0, 1],
  [5, 2],
  [9, 3],
])
const BLOCK = 65_536

type Options = Parameters<typeof openWorld>[1]

async function openWithFile(t: Parameters<typeof openWorld>[0], options?: Options) {
  const world = await openWorld(t, options)
  world.memory.controls.putFile(PATH, { format: 'qcow2', sizeBytes: 4 * MIB, blocks })
  return world
}

const right = { name: 'debian-12', path: PATH, format: 'qcow2' }
const wait = { headers: { prefer: 'wait=30' } }

/** Rows and files of images; what a request that is refused must not change. */
async function pictureOf({ db, memory }: World) {
  return {
    images: await db.selectFrom('images').selectAll().orderBy('id').execute(),
    layers: await db.selectFrom('layers').selectAll().orderBy('id').execute(),
    operations: await db.selectFrom('operations').select('id').execute(),
    files: memory.controls.layerIds(),
  }
}

/** No row of an image's layer, and no file, that was not there before. */
async function assertGone(world: World, before: Awaited<ReturnType<typeof pictureOf>>): Promise<void> {
  const after = await pictureOf(world)
  assert.deepEqual([after.layers, after.files], [before.layers, before.files])
}

/** Garbage collection, once, now. */
async function collected({ db, memory, now, service }: World): Promise<void> {
  const onMerges = () => service.engine.wake()
  const collector = new Collector({ db, driver: memory.driver, now, everyMs: 60_000, onMerges, log: quiet })
  collector.wake()
  await collector.stop()
}

/** Until no merge is left to do. */
async function merged(world: World): Promise<void> {
  for (;;) {
    await collected(world)
    const merges = await world.db
      .selectFrom('operations')
      .select('id')
      .where('kind', '=', 'merge')
      .where('ended_at', 'is', null)
      .execute()
    if (merges.length === 0) return
    for (const { id } of merges) await world.service.engine.waitFor(id, 20_000)
  }
}

/** Until the first block is copied; while merges are held it goes no further. */
async function underWay({ db }: World, operationId: number): Promise<void> {
  const read = () =>
    db.selectFrom('operations').select(['progress', 'ended_at']).where('id', '=', operationId).executeTakeFirstOrThrow()
  for (;;) {
    const { progress, ended_at } = await read()
    if (progress > 0.1) return
    assert.equal(ended_at, null, 'it has ended before')
    await setImmediate()
  }
}

test('an image: imported, listed, read by everybody, deleted', async t => {
  const world = await openWithFile(t)
  const asked = await world.post('images/', { ...right, os_name: 'Debian 12' })
  assert.equal(asked.status, 201)
  const { created_at, path, ...rest } = asked.body
  assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.deepEqual(rest, {
    id: 2,
    name: 'debian-12',
    status: 'importing',
    os_name: 'Debian 12',
    cloud_init: true,
    format: 'qcow2',
    size_bytes: 4 * MIB,
    linked: false,
    operation_id: Number(asked.headers['operation-id']),
    error: null,
  })
  const operation = await world.service.engine.waitFor(rest.operation_id, 20_000)
  assert.equal(operation?.status, 'completed', operation?.error_detail ?? '')

  const { body: image } = await world.call('images/2/')
  assert.deepEqual(image, { ...asked.body, status: 'available' })
  const layer = await world.db.selectFrom('images').select('layer_id').where('id', '=', 2).executeTakeFirstOrThrow()
  assert.equal(path, `/memory/layers/${layer.layer_id}.qcow2`)
  assert.deepEqual(world.memory.controls.contents(layer.layer_id as number), blocks)

  const { accountId } = await world.addAccount('other')
  assert.ok(accountId)
  const token = await world.tokenWith('servers:read')
  const { path: _, operation_id: __, error: ___, ...plain } = image
  assert.deepEqual((await world.call('images/2/', { token })).body, plain)
  const list = await world.call('images/', { token })
  assert.deepEqual([list.body.count, list.body.results[0], list.body.results[1].id], [2, plain, 1])
  assert.deepEqual((await world.call('images/?limit=1')).body.results, [image])

  assert.equal((await world.call('images/2/', { method: 'DELETE', token })).status, 403)
  const gone = await world.call('images/2/', { method: 'DELETE' })
  assert.deepEqual([gone.status, gone.text], [204, ''])
  for (const method of ['GET', 'DELETE'] as const) {
    assert.equal((await world.call('images/2/', { method })).status, 404)
  }
  await collected(world)
  const { images, layers, files } = await pictureOf(world)
  assert.deepEqual([images[1]?.layer_id, layers.map(({ id }) => id), files.length], [null, [1, 2], 2])
})

test('a file may be used where it lies; then nothing is copied, and it stays', async t => {
  const world = await openWithFile(t)
  const made = await world.post('images/?link=true', { ...right, cloud_init: false }, wait)
  assert.deepEqual(
    [made.status, made.body.status, made.body.linked, made.body.path, made.body.cloud_init, made.body.os_name],
    [201, 'available', true, PATH, false, 'debian-12'],
  )
  const twice = await world.post('images/?link=true', right)
  assert.deepEqual([twice.status, twice.body.code], [400, 'image_rejected'])
  assert.match(twice.body.detail, /^Image 2 uses this file in place already/)
  assert.equal((await world.post('images/?link=false', right, wait)).body.status, 'available')

  assert.equal((await world.call('images/2/', { method: 'DELETE' })).status, 204)
  await collected(world)
  const again = await world.post('images/?link=true', right, wait)
  assert.deepEqual([again.status, again.body.status], [201, 'available'])
})

test('of two that want the same file in place at once, one gets it', async t => {
  const world = await openWithFile(t, { engine: false })
  const both = await Promise.all([1, 2].map(() => world.post('images/?link=true', right)))
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 400])
})

test('what is wrong with a request is named, and nothing is made', async t => {
  const world = await openWithFile(t, { engine: false })
  const before = await pictureOf(world)
  const cases: [object, string[]][] = [
    [{}, ['format', 'name', 'path']],
    [{ ...right, name: '' }, ['name']],
    [{ ...right, name: 7 }, ['name']],
    [{ ...right, name: '../x' }, ['name']],
    [{ ...right, name: '-x' }, ['name']],
    [{ ...right, name: 'a b' }, ['name']],
    [{ ...right, name: 'é' }, ['name']],
    [{ ...right, name: 'x'.repeat(101) }, ['name']],
    [{ ...right, format: 'vmdk' }, ['format']],
    [{ ...right, format: null }, ['format']],
    [{ ...right, path: 7 }, ['path']],
    [{ ...right, path: '' }, ['path']],
    [{ ...right, path: 'debian.qcow2' }, ['path']],
    [{ ...right, path: '~/debian.qcow2' }, ['path']],
    [{ ...right, path: '/' }, ['path']],
    [{ ...right, path: '/srv/' }, ['path']],
    [{ ...right, path: '/srv//debian-12.qcow2' }, ['path']],
    [{ ...right, path: '/srv/./debian-12.qcow2' }, ['path']],
    [{ ...right, path: '/srv/../srv/debian-12.qcow2' }, ['path']],
    [{ ...right, path: '/srv/a\nb' }, ['path']],
    [{ ...right, path: 'file:///srv/debian-12.qcow2' }, ['path']],
    [{ ...right, path: 'json:{"driver":"raw"}' }, ['path']],
    [{ ...right, path: `/${'x'.repeat(4095)}` }, ['path']],
    [{ ...right, path: `/${'é'.repeat(2048)}` }, ['path']],
    [{ ...right, os_name: '' }, ['os_name']],
    [{ ...right, os_name: 'x'.repeat(101) }, ['os_name']],
    [{ ...right, os_name: 'a\u001bb' }, ['os_name']],
    [{ ...right, cloud_init: 'true' }, ['cloud_init']],
    [{ ...right, kernel: '/boot/vmlinuz', link: true }, ['kernel', 'link']],
  ]
  for (const [body, fields] of cases) {
    const reply = await world.post('images/', body)
    assert.deepEqual([reply.status, Object.keys(reply.body.errors ?? {}).sort()], [400, fields], JSON.stringify(body))
  }
  const query = await world.post('images/?link=yes', right)
  assert.deepEqual([query.status, Object.keys(query.body.errors)], [400, ['link']])
  assert.deepEqual(await pictureOf(world), before)
})

test('a file that cannot be used is refused at once, with the reason, and nothing is left', async t => {
  const world = await openWithFile(t, { engine: false })
  const file = { format: 'qcow2', sizeBytes: MIB, blocks: new Map() } as const
  world.memory.controls.putFile('/srv/bad', { ...file, problem: 'It names a backing file.' })
  const before = await pictureOf(world)
  const cases: [object, RegExp][] = [
    [{ ...right, path: '/srv/nothing' }, /no such file/],
    [{ ...right, format: 'raw' }, /qcow2 image, not raw/],
    [{ ...right, path: '/srv/bad' }, /names a backing file/],
  ]
  for (const link of ['', '?link=true']) {
    for (const [body, reason] of cases) {
      const reply = await world.post(`images/${link}`, body)
      assert.deepEqual([reply.status, reply.body.code], [400, 'image_rejected'])
      assert.match(reply.body.detail, reason)
    }
  }
  assert.deepEqual(await pictureOf(world), before)
})

test('an import that fails says why for a day, and leaves no file', async t => {
  const world = await openWithFile(t)
  const { controls } = world.memory
  const before = await pictureOf(world)
  controls.holdMerges()
  const asked = await world.post('images/', right)
  await underWay(world, asked.body.operation_id)
  controls.putFile(PATH, { format: 'qcow2', sizeBytes: MIB, blocks: new Map() })
  controls.releaseMerges()
  const operation = await world.service.engine.waitFor(asked.body.operation_id, 20_000)
  assert.deepEqual([operation?.status, operation?.error_code], ['failed', 'image_rejected'])
  const { body } = await world.call(`images/${asked.body.id}/`)
  assert.deepEqual(
    [body.status, body.size_bytes, body.format, body.path, body.linked, body.error.code],
    ['failed', null, null, null, false, 'image_rejected'],
  )
  assert.match(body.error.detail, /changed while it was copied/)
  await assertGone(world, before)

  const token = await world.tokenWith('servers:read')
  const plain = await world.call(`images/${asked.body.id}/`, { token })
  assert.deepEqual([plain.body.status, 'error' in plain.body], ['failed', false])

  world.clock.offset = 23 * 3600_000
  await collected(world)
  assert.equal((await world.call('images/')).body.count, 2)
  world.clock.offset = 25 * 3600_000
  await collected(world)
  assert.equal((await world.call('images/')).body.count, 1)
})

test('deleted while it is imported: it was never there', async t => {
  const world = await openWithFile(t)
  const { controls } = world.memory
  const before = await pictureOf(world)
  controls.holdMerges()
  const asked = await world.post('images/', right)
  await underWay(world, asked.body.operation_id)
  assert.equal((await world.call(`images/${asked.body.id}/`, { method: 'DELETE' })).status, 204)
  assert.equal((await world.call('images/')).body.count, 1)
  const operation = await world.service.engine.waitFor(asked.body.operation_id, 20_000)
  assert.equal(operation?.status, 'cancelled')
  await assertGone(world, before)
  controls.releaseMerges()
})

test('deleted before it was begun, too', async t => {
  const world = await openWithFile(t, { engine: false })
  const before = await pictureOf(world)
  const asked = await world.post('images/', right)
  assert.equal((await world.call(`images/${asked.body.id}/`, { method: 'DELETE' })).status, 204)
  assert.deepEqual(world.cancelled, [asked.body.operation_id])
  await world.startEngine()
  const operation = await world.service.engine.waitFor(asked.body.operation_id, 20_000)
  assert.equal(operation?.status, 'cancelled')
  await assertGone(world, before)
})

test('a repeat with its key is answered as before, also when the file has gone', async t => {
  const world = await openWithFile(t)
  const key = { headers: { 'idempotency-key': 'k', prefer: 'wait=30' } }
  const first = await world.post('images/', right, key)
  world.memory.controls.removeFile(PATH)
  const again = await world.post('images/', right, key)
  assert.deepEqual([again.status, again.text], [201, first.text])
  assert.equal((await world.post('images/', right)).body.code, 'image_rejected')
  assert.equal((await world.call('images/')).body.count, 2)
})

test('imports leave the reserve alone, those under way counted', async t => {
  const world = await openWithFile(t, { engine: false, reserveMb: 1 })
  const { controls } = world.memory
  controls.setFreeBytes(MIB + 7 * BLOCK)
  // Each of them takes three blocks; there are seven above the reserve.
  const all = await Promise.all([1, 2, 3, 4].map(() => world.post('images/', right)))
  assert.deepEqual(all.map(({ status }) => status).sort(), [201, 201, 400, 400])
  const refused = all.find(({ status }) => status === 400)
  assert.equal(refused?.body.code, 'not_enough_space')
  assert.match(refused?.body.detail, /1 MB are kept in reserve\. Free space/)
  // Used where it lies it takes nothing.
  assert.equal((await world.post('images/?link=true', right)).status, 201)
})

test('an import ends when the host runs short meanwhile', async t => {
  const world = await openWithFile(t, { reserveMb: 1 })
  const { controls } = world.memory
  const before = await pictureOf(world)
  controls.holdMerges()
  const asked = await world.post('images/', right)
  await underWay(world, asked.body.operation_id)
  controls.setFreeBytes(MIB - 1)
  controls.releaseMerges()
  const operation = await world.service.engine.waitFor(asked.body.operation_id, 20_000)
  assert.deepEqual([operation?.status, operation?.error_code], ['failed', 'not_enough_space'])
  const failed = await world.db
    .selectFrom('operation_events')
    .select('step')
    .where('event', '=', 'step_failed')
    .execute()
  assert.deepEqual(failed, [{ step: 'copy' }])
  await assertGone(world, before)
})

test('an image that is deleted while servers stand on it stays until the last has gone, whatever merges above it', async t => {
  const world = await openWithFile(t)
  const { db, memory, serverId } = world
  const layers = async () => (await db.selectFrom('layers').select('id').orderBy('id').execute()).map(({ id }) => id)
  const image = new Map(memory.controls.contents(1))
  const [one, two] = [await world.completed('one'), await world.completed('two')]
  assert.equal((await world.call('images/1/', { method: 'DELETE' })).status, 204)
  assert.equal((await world.call('images/')).body.count, 0)
  for (const id of [one, two]) assert.equal((await world.call(`snapshots/${id}/`, { method: 'DELETE' })).status, 204)
  await merged(world)
  assert.deepEqual(memory.controls.contents(1), image)
  assert.equal((await layers()).length, 2)
  const listed = await world.call(`servers/${serverId}/layers/`)
  assert.deepEqual(
    listed.body.results.map(({ kind }: { kind: string }) => kind),
    ['image', 'active'],
  )
  assert.equal((await world.call(`servers/${serverId}/`)).body.os.name, 'Tiny Linux')
  const started = await world.post(`servers/${serverId}/start/`, undefined, wait)
  assert.equal(started.body.status, 'active')
  await memory.driver.halt(serverId)

  await db.deleteFrom('disks').where('server_id', '=', serverId).execute()
  await collected(world)
  assert.deepEqual([await layers(), memory.controls.layerIds()], [[], []])
})

test('operations of images are shown to administrators', async t => {
  const world = await openWithFile(t)
  const { body } = await world.post('images/', right, wait)
  const operations = await world.call('operations/')
  assert.deepEqual(
    operations.body.results.map(({ id, kind, image_id }: Record<string, unknown>) => ({ id, kind, image_id })),
    [{ id: body.operation_id, kind: 'image_import', image_id: body.id }],
  )
  const token = await world.tokenWith('servers:read')
  assert.equal((await world.call('operations/', { token })).body.count, 0)
  assert.equal((await world.call(`operations/${body.operation_id}/`, { token })).status, 404)
})
