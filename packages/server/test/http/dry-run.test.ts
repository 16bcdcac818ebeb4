/** `?dry_run=true`: the whole truth of a request, and nothing of its effect. */
import assert from 'node:assert/strict'
import { atOneInstant, type Trx } from '../../src/db/database.ts'
import { planGarbage } from '../../src/domain/layers.ts'
import { loadGraph, loadRoots, toLayer } from '../../src/layers/store.ts'
import { giveEverything, type Ids } from '../accounts/owners.ts'
import { plan, waiting } from '../servers/support.ts'
import { test } from '../support/databases.ts'
import { rowsOf } from '../support/rows.ts'
import { openWorld, type World } from './harness.ts'

const FILE = '/srv/a.raw'
const BLOCK = 65_536

/** Whatever can be asked of an account that has one of everything, so that it is accepted; what removes anything comes last. */
const requests: Readonly<Record<string, (ids: Ids) => { path: string; body?: object }>> = {
  createAccount: () => ({ path: 'accounts/', body: { email: 'new@example.com' } }),
  createSnapshot: ids => ({ path: 'snapshots/', body: { server_id: ids['server_id']?.[1], name: 'dry' } }),
  restoreSnapshot: ids => ({ path: `snapshots/${first(ids, 'snapshot_id')}/restore/` }),
  undoServer: ids => ({ path: `servers/${first(ids, 'server_id')}/undo/` }),
  rebootServer: ids => ({ path: `servers/${first(ids, 'server_id')}/reboot/` }),
  stopServer: ids => ({ path: `servers/${first(ids, 'server_id')}/stop/` }),
  startServer: ids => ({ path: `servers/${first(ids, 'server_id')}/start/` }),
  createServer: ids => ({ path: 'servers/', body: { name: 'dry', image_id: first(ids, 'image_id'), plan } }),
  cloneServer: ids => {
    const body = { name: 'dry-clone', snapshot_id: first(ids, 'snapshot_id') }
    return { path: `servers/${first(ids, 'server_id')}/clone/`, body }
  },
  execInServer: ids => ({ path: `servers/${ids['server_id']?.[1]}/exec/`, body: { program: '/bin/true' } }),
  createTerminalTicket: ids => ({ path: `servers/${first(ids, 'server_id')}/terminal/` }),
  // With a code that works: ../tokens/sign-in.test.ts.
  signIn: () => ({ path: 'sign-in/', body: { code: 'none' } }),
  importImage: () => ({ path: 'images/', body: { name: 'dry', path: FILE, format: 'raw' } }),
  createToken: () => ({ path: 'tokens/', body: { name: 'dry', permissions: ['snapshots:read'] } }),
  deleteToken: ids => ({ path: `tokens/${first(ids, 'token_id')}/` }),
  deleteSnapshot: ids => ({ path: `snapshots/${first(ids, 'snapshot_id')}/` }),
  deleteServer: ids => ({ path: `servers/${first(ids, 'server_id')}/?with_snapshots=true` }),
  deleteImage: ids => ({ path: `images/${first(ids, 'image_id')}/` }),
  deleteAccount: ids => ({ path: `accounts/${ids['account_id']?.[1]}/` }),
}

function first(ids: Ids, name: string): number {
  return ids[name]?.[0] as number
}

function dry(path: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}dry_run=true`
}

function methodOf(name: string): 'POST' | 'DELETE' {
  return name.startsWith('delete') ? 'DELETE' : 'POST'
}

async function openFullWorld(t: Parameters<typeof openWorld>[0]): Promise<{ world: World; ids: Ids }> {
  const world = await openWorld(t)
  world.memory.controls.putFile(FILE, { format: 'raw', sizeBytes: BLOCK, blocks: new Map([[0, 1]]) })
  const image = await world.post('images/', { name: 'i', path: FILE, format: 'raw' }, waiting)
  const own = { accountId: world.accountId, token: world.token, mark: 'own' }
  const { ids } = await giveEverything(world, own, image.body.id)
  const { accountId } = await world.addAccount('other')
  return { world, ids: { ...ids, account_id: [world.accountId, accountId] } }
}

test('every POST and DELETE says whether it would be accepted, does nothing, and in earnest that is so', async t => {
  const { world, ids } = await openFullWorld(t)
  const document = (await world.call('/openapi.json')).body as OpenApi
  const documented = Object.values(document.paths).flatMap(methods =>
    Object.entries(methods).flatMap(([method, { operationId }]) => (/post|delete/.test(method) ? [operationId] : [])),
  )
  assert.deepEqual(Object.keys(requests).sort(), documented.sort(), 'tell this test how to ask for it')
  // Only requests change anything from now on; what they begin stays in the way of those that come after.
  await world.service.stop()
  const accepted: string[] = []
  for (const [name, request] of Object.entries(requests)) {
    const { path, body } = request(ids)
    const headers = { 'idempotency-key': `key-of-${name}` }
    const send = (to: string) => world.call(to, { method: methodOf(name), body, headers })
    const before = await pictureOf(world)
    const told = await send(dry(path))
    assert.deepEqual(await pictureOf(world), before, `${name} has changed something`)
    assert.equal(told.status, 200, told.text)
    const { possible, blockers, estimate, frees } = told.body
    assert.deepEqual([told.body.dry_run, possible], [true, blockers.length === 0], name)
    assert.ok(estimate.bytes >= 0 && (estimate.seconds === null || estimate.seconds >= 0), name)
    assert.equal(frees !== null, ['deleteSnapshot', 'deleteServer', 'deleteImage'].includes(name), name)
    assert.equal(told.headers['operation-id'], undefined, 'there is none')

    // Nor is the key used up.
    const done = await send(path)
    assert.deepEqual([done.status < 300, done.body?.code], [possible, blockers[0]?.code], `${name}: ${told.text}`)
    assert.equal(done.headers['idempotency-replayed'], undefined)
    assert.equal(done.body?.dry_run, undefined)
    if (possible) accepted.push(name)
  }
  assert.ok(accepted.length >= 11, `only ${accepted.join(', ')}`)
})

test('it tells of everything that stands in the way, with a remedy; in earnest the first of it is the answer', async t => {
  const world = await openWorld(t, { snapshotLimit: 1, reserveMb: 64 })
  const snapshot = await world.completed('only')
  await world.db.updateTable('servers').set({ status: 'failed' }).where('id', '=', world.serverId).execute()
  world.memory.controls.setFreeBytes(1024)
  const before = await pictureOf(world)
  const cases: readonly [string, object | undefined, readonly string[]][] = [
    [
      'snapshots/?memory=true',
      { server_id: world.serverId, name: 'x' },
      ['capability_missing', 'server_wrong_state', 'snapshot_limit_reached', 'not_enough_space'],
    ],
    [`snapshots/${snapshot}/restore/`, undefined, ['server_wrong_state', 'not_enough_space']],
    [`servers/${world.serverId}/undo/`, undefined, ['nothing_to_undo']],
    [
      `servers/${world.serverId}/clone/`,
      { snapshot_id: snapshot, name: 'c', plan: { memory: 1_000_000 } },
      ['not_enough_memory', 'not_enough_space'],
    ],
  ]
  for (const [path, body, codes] of cases) {
    const told = await world.post(dry(path), body)
    assert.equal(told.status, 200, told.text)
    assert.equal(told.body.possible, false)
    assert.deepEqual(
      told.body.blockers.map(({ code }: { code: string }) => code),
      codes,
    )
    for (const { title, detail, remedy } of told.body.blockers) assert.ok(title && detail && remedy)
    const earnest = await world.post(path, body)
    assert.deepEqual([earnest.status, earnest.body.code], [400, codes[0]])
  }
  assert.deepEqual(await pictureOf(world), before)
})

test('what makes no sense, is not there or not permitted is refused as ever', async t => {
  const world = await openWorld(t)
  const wanted = { server_id: world.serverId, name: 'x' }
  for (const value of ['maybe', '', '1', 'true&dry_run=true']) {
    const { status, body } = await world.post(`snapshots/?dry_run=${value}`, wanted)
    assert.deepEqual([status, body.code, Object.keys(body.errors)], [400, 'invalid_request', ['dry_run']], value)
  }
  for (const name of ['dryrun', 'dry-run', 'dryRun', 'DRY_RUN', 'dry+run']) {
    const { status, body } = await world.post(`snapshots/?${name}=true`, wanted)
    assert.deepEqual([status, Object.keys(body.errors ?? {})], [400, ['dry_run']], name)
  }
  assert.equal((await world.post('snapshots/?dry_run=true', { ...wanted, name: 'no/no' })).status, 400)
  assert.equal((await world.post('snapshots/?dry_run=true', { ...wanted, server_id: 777 })).status, 404)
  assert.equal((await world.call('snapshots/777/?dry_run=true', { method: 'DELETE' })).status, 404)
  const token = await world.tokenWith('snapshots:read')
  assert.equal((await world.post('snapshots/?dry_run=true', wanted, { token })).status, 403)
  assert.equal((await world.post('snapshots/?dry_run=true', wanted, { token: null })).status, 401)
  assert.equal(await world.count('snapshots'), 0)
  assert.equal((await world.post('snapshots/?dry_run=false', wanted)).status, 201)
})

test('the estimate is what this host has measured, and what the cut would seal', async t => {
  const world = await openWorld(t)
  const wanted = { server_id: world.serverId, name: 'x' }
  const ask = async () => (await world.post('snapshots/?dry_run=true', wanted)).body.estimate
  assert.deepEqual(await ask(), { seconds: null, based_on: 0, bytes: await activeBytes(world) })
  const id = await world.completed('first')
  const { created_at, ended_at } = await world.db.selectFrom('operations').selectAll().executeTakeFirstOrThrow()
  await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  for (const block of [0, 1, 2]) world.memory.controls.write(world.serverId, 0, block, 9)
  const estimate = await ask()
  assert.deepEqual(estimate, {
    seconds: ((ended_at ?? 0) - created_at) / 1000,
    based_on: 1,
    bytes: await activeBytes(world),
  })
  assert.ok(estimate.bytes >= 3 * BLOCK)
  const restore = await world.post(`snapshots/${id}/restore/?dry_run=true`)
  assert.equal(restore.body.estimate.bytes, estimate.bytes, 'a restore keeps it for its undo')
})

test('what a deletion frees, alone and together with others, is what is free afterwards', async t => {
  const world = await openWorld(t)
  const { controls } = world.memory
  await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  const write = (...blocks: number[]) => {
    for (const block of blocks) controls.write(world.serverId, 0, block, 9)
  }
  write(0, 1, 2)
  const low = await world.completed('low')
  write(2, 3)
  await world.completed('high')
  const asked = async (path: string) =>
    (await world.call(dry(path), { method: 'DELETE' })).body.frees as {
      bytes: number
      merge_bytes: number
      more: { bytes: number; servers: { name: string }[]; snapshots: { name: string }[] }[]
    }
  const names = ({ more }: Awaited<ReturnType<typeof asked>>) =>
    more.map(({ servers, snapshots }) => [...servers, ...snapshots].map(({ name }) => name))

  // The server reads all of it, so that nothing goes but what has been written over.
  const ofLow = await asked(`snapshots/${low}/`)
  assert.equal(ofLow.bytes, 0)
  assert.deepEqual(names(ofLow), [['web-server-01', 'high']])
  let used = await bytesOf(world)
  await world.call(`snapshots/${low}/`, { method: 'DELETE' })
  await atRest(world)
  const freed = used - (await bytesOf(world))
  assert.ok(freed > 0 && freed <= ofLow.merge_bytes, `${freed} of at most ${ofLow.merge_bytes}`)

  // Put back behind it, the server reads no more of what came after: only its undo point does, which is the server's.
  const third = await world.completed('third')
  write(4, 5)
  const fourth = await world.completed('fourth')
  await world.post(`snapshots/${third}/restore/`, undefined, waiting)
  await world.post(`snapshots/${third}/restore/`, undefined, waiting)
  await atRest(world)
  const ofFourth = await asked(`snapshots/${fourth}/`)
  assert.ok(ofFourth.bytes > 0, 'nothing else reads its layer')
  used = await bytesOf(world)
  await world.call(`snapshots/${fourth}/`, { method: 'DELETE' })
  await atRest(world)
  assert.equal(used - (await bytesOf(world)), ofFourth.bytes)

  const ofServer = await asked(`servers/${world.serverId}/?with_snapshots=true`)
  assert.ok(ofServer.bytes > 0)
  assert.deepEqual(ofServer.more, [], 'nothing else stands on it')
  used = await bytesOf(world)
  await world.call(`servers/${world.serverId}/?with_snapshots=true`, { method: 'DELETE' })
  await atRest(world)
  assert.equal(used - (await bytesOf(world)), ofServer.bytes)
})

test('a layer that goes for two reasons is counted once', async t => {
  const world = await openWorld(t)
  const { controls } = world.memory
  await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  for (const block of [0, 1, 2]) controls.write(world.serverId, 0, block, 9)
  const low = await world.completed('low')
  const clone = await world.post(`servers/${world.serverId}/clone/`, { snapshot_id: low, name: 'clone' }, waiting)
  await world.post(`servers/${clone.body.id}/start/`, undefined, waiting)
  for (const block of [0, 1, 2]) controls.write(clone.body.id, 0, block, 8)
  await world.post(`snapshots/${low}/restore/`, undefined, waiting)
  const { layer_id } = await world.db
    .selectFrom('snapshot_layers')
    .select('layer_id')
    .where('snapshot_id', '=', low)
    .executeTakeFirstOrThrow()
  const path = dry(`servers/${world.serverId}/?with_snapshots=true`)
  const before = (await world.call(path, { method: 'DELETE' })).body.frees
  await world.db.updateTable('undo_layers').set({ layer_id }).execute()
  const after = (await world.call(path, { method: 'DELETE' })).body.frees
  assert.ok(before.merge_bytes > 0)
  assert.equal(after.merge_bytes, before.merge_bytes)
})

interface OpenApi {
  readonly paths: Record<string, Record<string, { operationId: string }>>
}

/** All that there is: rows, and layers of the machines. */
async function pictureOf(world: World) {
  return [await rowsOf(world), world.memory.controls.layerIds()]
}

/** Until nothing is under way and nothing is left to collect. */
async function atRest({ db, service }: World): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; await new Promise(resolve => setTimeout(resolve, 5))) {
    if (await atOneInstant(db, isAtRest)) return
    service.collector.wake()
    assert.ok(Date.now() < deadline, 'it does not come to rest')
  }
}

/** Told of one instant: what is garbage at one and trash at the next would be neither. */
async function isAtRest(trx: Trx): Promise<boolean> {
  const unended = await trx.selectFrom('operations').select('id').where('ended_at', 'is', null).execute()
  const waiting = await trx.selectFrom('operations').select('id').where('status', '=', 'waiting').execute()
  const trash = await trx.selectFrom('layers').select('id').where('state', '=', 'trash').execute()
  const { unlink, merge } = planGarbage(await loadGraph(trx), await loadRoots(trx))
  return unended.length === waiting.length && trash.length + unlink.length + merge.length === 0
}

async function sizesOf({ db, memory }: World, ids?: readonly number[]): Promise<number> {
  const rows = await db.selectFrom('layers').selectAll().execute()
  const sizes = await memory.driver.measure(rows.filter(row => !ids || ids.includes(row.id)).map(toLayer))
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
}

const bytesOf = (world: World) => sizesOf(world)

async function activeBytes(world: World): Promise<number> {
  const disks = await world.db.selectFrom('disks').select('active_layer_id').execute()
  return sizesOf(
    world,
    disks.map(disk => disk.active_layer_id),
  )
}
