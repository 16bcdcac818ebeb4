/** The database is lost; everything comes back from the records and the layers, while a server runs on. */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newPostgres } from '../../packages/server/test/support/postgres.ts'
import { needs } from '../support/needs.ts'
import { needsPostgres } from '../support/postgres.ts'
import { checkImage } from './support/content.ts'
import { machinesOf } from './support/machines.ts'
import { loseDatabase, rebuild } from './support/rebuild.ts'
import { Rig } from './support/rig.ts'
import { startService } from './support/service.ts'
import { until } from './support/until.ts'

const skip = needs('qemu-system-x86_64', 'qemu-img')

let rig: Rig
let clone: number
let told: Record<string, unknown>
let hashes: Record<string, string>
let running: string[]
before(async () => {
  if (!skip) rig = await Rig.start()
})
after(() => rig?.end())

const write = (text: string) => rig.shell.run(`echo ${text} > /data/file; sync`)
const content = async () => (await rig.shell.run('cat /data/file')).trim()
const machines = async () => (await machinesOf(rig.stateDir)).map(({ pid, name }) => `${name} ${pid}`).sort()
const perform = async (path: string) => {
  await rig.api.perform(path)
  await rig.newShell()
  await rig.agent()
}

/** All that the API tells of what was recorded. */
async function everything(): Promise<Record<string, unknown>> {
  const told: Record<string, unknown> = {}
  const get = async (path: string) => (told[path] = await rig.api.get<unknown>(path))
  const ids = async (path: string) => ((await get(path)) as { results: { id: number }[] }).results.map(({ id }) => id)
  for (const id of await ids('/servers/')) {
    await get(`/servers/${id}/`)
    // What a guest writes meanwhile makes its active layer larger.
    told[`layers of ${id}`] = (await rig.api.layers(id)).map(layer =>
      layer.kind === 'active' ? { ...layer, allocated_bytes: 0 } : layer,
    )
  }
  for (const id of await ids('/snapshots/')) await get(`/snapshots/${id}/`)
  await get('/images/')
  await get('/accounts/')
  return told
}

/** Of the files that no guest writes to. */
async function sealed(): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const { kind, path } of await rig.api.layers(1)) {
    if (kind !== 'active')
      hashes[path] = createHash('sha256')
        .update(await readFile(path))
        .digest('hex')
  }
  return hashes
}

/** Every file is somebody's, and whole. */
async function assertNothingBeside(): Promise<void> {
  const layers = [...(await rig.api.collected(1)), ...(await rig.api.collected(clone))]
  // A file goes a moment after its layer has left the tree.
  const trash = join(rig.stateDir, 'guests/trash')
  await until('the trash is emptied', async () => (await readdir(trash)).length === 0)
  const folder = join(rig.stateDir, 'guests/layers')
  const named = new Set(layers.map(({ path }) => path))
  assert.deepEqual(new Set((await readdir(folder)).map(name => join(folder, name))), named)
  for (const { kind, path } of layers) if (kind !== 'active') await checkImage(path)
}

test('a lost database is not replaced by a new one when the service starts', { skip }, async () => {
  await write('one')
  const first = await rig.api.snapshot(1, 'first')
  await write('two')
  await rig.api.snapshot(1, 'second')
  await perform(`/snapshots/${first.id}/restore/`)
  await write('three')
  const made = await rig.api.call<{ id: number }>(
    'POST',
    '/servers/1/clone/',
    { snapshot_id: first.id, name: 'clone' },
    { prefer: 'wait=60' },
  )
  assert.equal(made.status, 201, JSON.stringify(made.body))
  clone = made.body.id
  await rig.api.perform(`/servers/${clone}/stop/`)
  await rig.api.call('PATCH', '/servers/1/', { name: 'renamed' })
  await rig.api.collected(1)
  // The agent tells it when the guest is up.
  const address = async () => (await rig.api.get<{ ip_address: string | null }>('/servers/1/')).ip_address
  await until('its address is known', async () => (await address()) !== null)
  told = await everything()
  hashes = await sealed()
  running = await machines()
  assert.equal(running.length, 1)
  await rig.service.stop()
  await loseDatabase(rig.stateDir)
  await assert.rejects(
    startService({ stateDir: rig.stateDir }),
    /not the database that the state folder was last used with: the records know .*npm run rebuild/,
  )
  await loseDatabase(rig.stateDir)
})

test('a lost database is rebuilt beside a server that runs on, and the API tells the same as before', {
  skip,
}, async () => {
  const dry = rebuild(rig.stateDir, ['--dry-run'])
  assert.equal(dry.code, 0, dry.said)
  assert.match(dry.said, /Server 1: renamed, which runs, disk 0 is layer \d+\./)
  assert.match(dry.said, /Nothing was written: this was a dry run\./)
  const done = rebuild(rig.stateDir)
  assert.equal(done.code, 0, done.said)
  assert.match(done.said, /The administrator has a new token, in .*admin-token; all others are gone\./)
  const again = rebuild(rig.stateDir)
  assert.equal(again.code, 1)
  assert.match(again.said, /There is something in .*restpoint\.db already\. Move it away first/)

  await rig.restart('stop')
  assert.match(rebuild(rig.stateDir).said, /Another Restpoint already runs on/)
  await rig.agent()
  assert.deepEqual(await everything(), told)
  assert.deepEqual(await sealed(), hashes)
  assert.deepEqual(await machines(), running)
  assert.equal(await content(), 'three')
})

test('a rebuilt server has its snapshots and its undo point, and nothing beside them', { skip }, async () => {
  await assertNothingBeside()
  await perform('/servers/1/undo/')
  assert.equal(await content(), 'two')
  const { id } = await rig.api.snapshot(1, 'after')
  assert.ok(id > 1000, 'ids do not come again')
  await assertNothingBeside()
})

test('older records are made up for by the layers', { skip }, async () => {
  const kept = await mkdtemp(join(tmpdir(), 'restpoint-records-'))
  try {
    await cp(join(rig.stateDir, 'records'), kept, { recursive: true })
    await write('before')
    await rig.api.snapshot(1, 'unrecorded')
    await write('newest')
    // One server runs, so its QEMU tells; the other's layers must.
    const { body } = await rig.api.call<{ id: number }>('POST', '/snapshots/', { server_id: clone, name: 'lost' })
    await until(
      'it is taken',
      async () => (await rig.api.get<{ status: string }>(`/snapshots/${body.id}/`)).status === 'completed',
    )
    const [head] = (await rig.api.layers(clone)).filter(({ kind }) => kind === 'active')
    await rig.service.kill()
    await loseDatabase(rig.stateDir)
    await rm(join(rig.stateDir, 'records'), { recursive: true })
    await cp(kept, join(rig.stateDir, 'records'), { recursive: true })

    const { code, said } = rebuild(rig.stateDir)
    assert.equal(code, 0, said)
    assert.match(said, new RegExp(`Server ${clone}: clone, disk 0 is layer ${head?.id}\\.`))
    assert.equal(said.match(/the record is older/g)?.length, 2)
    await rig.restart('stop')
    await rig.agent()
    assert.equal(await content(), 'newest')
    await assertNothingBeside()
  } finally {
    await rm(kept, { recursive: true })
  }
})

test('the folder is moved, and goes on with PostgreSQL', { skip: skip || needsPostgres() }, async () => {
  const snapshots = await rig.api.get<{ results: { id: number }[] }>('/snapshots/')
  await rig.api.perform('/servers/1/stop/')
  await rig.service.stop()
  const moved = `${rig.stateDir}-moved`
  await rename(rig.stateDir, moved)
  rig.stateDir = moved
  await loseDatabase(moved)
  const env = { RESTPOINT_DATABASE_URL: await newPostgres() }
  await assert.rejects(startService({ stateDir: moved, env }), /npm run rebuild/)
  const { code, said } = rebuild(moved, [], env)
  assert.equal(code, 0, said)
  assert.match(rebuild(moved, [], env).said, /There is something in the PostgreSQL database .* already\./)
  await rig.restart('stop', env)
  assert.deepEqual(await rig.api.get('/snapshots/'), snapshots)
  assert.equal((await rig.server()).undo.available, true)
  await perform('/servers/1/start/')
  assert.equal(await content(), 'newest')
  const { id } = await rig.api.snapshot(1, 'on-postgres')
  assert.ok(id > Math.max(...snapshots.results.map(snapshot => snapshot.id)), 'ids do not come again')
  await assertNothingBeside()
})
