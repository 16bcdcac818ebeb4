/**
 * The service on PostgreSQL, which is ended as by a power cut and started again while operations are under way on a real
 * guest. Nothing is lost, nothing fails, and the guest notices nothing.
 */
import { strict as assert } from 'node:assert'
import { readdir, readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { needs } from '../support/needs.ts'
import { type Cluster, keyed, makeCluster, needsPostgres, urlOf } from '../support/postgres.ts'
import type { Reply, Snapshot } from './support/api.ts'
import { assertTidy } from './support/chains.ts'
import { contentHash } from './support/content.ts'
import { machinesOf } from './support/machines.ts'
import { copying, hurry, operations } from './support/merges.ts'
import { Rig } from './support/rig.ts'
import { until } from './support/until.ts'

const skip = needs('qemu-system-x86_64', 'qemu-img') || needsPostgres()
const faulty = new URL('./support/faulty-service.ts', import.meta.url).pathname
const SERVER = 1

test('PostgreSQL', { skip }, async t => {
  let cluster: Cluster
  let rig: Rig
  let env: Record<string, string>
  before(async () => {
    cluster = await makeCluster()
    await makeDatabase(cluster)
    const login = `${keyed.user}:${encodeURIComponent(keyed.password)}@`
    const url = urlOf(cluster.folder, 'points').replace(/restpoint@/, login)
    // Slow, so that a merge is still under way when something happens.
    env = { RESTPOINT_DATABASE_URL: url, RESTPOINT_MERGE_MB_PER_SECOND: '1' }
    rig = await Rig.start(env)
  })
  after(async () => {
    await rig?.end()
    await cluster?.end()
  })

  const isReady = async () => (await fetch(`${rig.service.url}/readyz`)).status === 200
  const backAgain = async () => {
    await cluster.start()
    await until('the service to be ready again', isReady)
  }
  const layerOf = async (snapshotId: number) => {
    const layers = await rig.api.layers(SERVER)
    return layers.find(layer => layer.snapshots.some(snapshot => snapshot.id === snapshotId))?.path as string
  }
  /** As a client that was told to come again does. */
  const insist = async <Body>(path: string, key: string, body?: unknown): Promise<Reply<Body>> => {
    for (;;) {
      const reply = await rig.api.call<Body>('POST', path, body, { 'idempotency-key': key })
      if (reply.status !== 503) return reply
      await sleep(50)
    }
  }
  const settled = async () => {
    await until('every operation to end', async () =>
      (await operations(rig.api)).every(one => one.status !== 'running'),
    )
    // A merge that something better has taken the place of is no failure.
    const isWell = (one: { kind: string; status: string }) =>
      one.status === 'completed' || (one.kind === 'merge' && one.status === 'cancelled')
    return (await operations(rig.api)).filter(one => !isWell(one))
  }

  await t.test('holds what is known; its password is nowhere', async () => {
    assert.equal((await rig.api.snapshot(SERVER, 'first')).status, 'completed')
    assert.deepEqual(
      (await readdir(rig.stateDir)).filter(name => name.startsWith('restpoint.db')),
      [],
    )
    const secrets = [keyed.password, encodeURIComponent(keyed.password)]
    const places = [rig.service.output(), ...(await argumentsOfAll()), ...(await environmentsOf(await ours(rig)))]
    assert.ok(places.length > 5)
    for (const text of places) for (const secret of secrets) assert.ok(!text.includes(secret), text)
  })

  await t.test('restarts during a merge: the merge ends, and the guest has noticed nothing', async () => {
    const fill = (name: string) => rig.shell.run(`dd if=/dev/urandom of=/data/${name} bs=1M count=6 2>/dev/null; sync`)
    await fill('one')
    const lower = await rig.api.snapshot(SERVER, 'lower')
    await fill('two')
    const upper = await rig.api.snapshot(SERVER, 'upper')
    const hash = await contentHash(await layerOf(upper.id))
    await rig.api.remove(lower.id)
    await copying(rig.stateDir, SERVER)
    await cluster.crash()
    for (const path of ['/snapshots/', '/servers/1/']) assert.equal((await rig.api.call('GET', path)).status, 503)
    assert.equal(await isReady(), false)
    assert.equal((await rig.shell.run('echo alive > /data/alive; sync; cat /data/alive')).trim(), 'alive')
    await backAgain()
    await hurry(rig.api, rig.stateDir, SERVER)
    assert.deepEqual(await settled(), [])
    assert.equal(await contentHash(await layerOf(upper.id)), hash)
    await assertTidy(rig.api, rig.stateDir, SERVER, true)
  })

  await t.test('is away when a cut is to be recorded: the cut is found, and recorded once', async () => {
    await rig.restart('stop', { ...env, FAULT: JSON.stringify({ hangBefore: 'transaction' }) }, faulty)
    const body = { server_id: SERVER, name: 'cut' }
    const { id } = (await insist<Snapshot>('/snapshots/?consistency=crash', 'cut', body)).body
    const pid = rig.service.process.pid as number
    await until('the service to stop before the cut', async () => (await stateOf(pid)) === 'T')
    await cluster.crash()
    rig.service.process.kill('SIGCONT')
    await until('the run to break off', () => rig.service.output().includes('goes on when the database is back'))
    await backAgain()
    await until('the snapshot', async () => (await snapshotOf(rig, id)).status === 'completed')
    await rig.restart('stop', env)
    assert.deepEqual(await settled(), [])
    await assertTidy(rig.api, rig.stateDir, SERVER, true)
  })

  await t.test('restarts whenever it likes while snapshots are taken, restored and deleted', async () => {
    const hashes = new Map<number, string>()
    for (let round = 0; round < 3; round++) {
      for (const { id } of (await rig.api.get<{ results: Snapshot[] }>('/snapshots/')).results) {
        if (!hashes.has(id)) await rig.api.remove(id)
      }
      await rig.shell.run(`echo ${round} > /data/round; sync`)
      const made = insist<Snapshot>('/snapshots/', `round-${round}`, {
        server_id: SERVER,
        name: `round-${round}`,
      })
      // Somewhere in it: a snapshot takes about a tenth of a second.
      await sleep(40 * round)
      await cluster.crash()
      await backAgain()
      const { status, body } = await made
      assert.equal(status, 201)
      await until('the snapshot', async () => (await snapshotOf(rig, body.id)).status === 'completed')
      hashes.set(body.id, await contentHash(await layerOf(body.id)))
    }
    const [first] = [...hashes.keys()]
    const restored = insist(`/snapshots/${first}/restore/`, 'restore')
    await sleep(150)
    await cluster.crash()
    await backAgain()
    assert.equal((await restored).status, 200)
    await until('the server to run', async () => (await rig.server()).status === 'active')
    await rig.newShell()
    assert.equal((await rig.shell.run('cat /data/round')).trim(), '0')
    await hurry(rig.api, rig.stateDir, SERVER)
    assert.deepEqual(await settled(), [])
    for (const [id, hash] of hashes) assert.equal(await contentHash(await layerOf(id)), hash, `snapshot ${id}`)
    await assertTidy(rig.api, rig.stateDir, SERVER, true)
  })

  await t.test('no step of any operation has failed in all of this', async () => {
    const client = new pg.Client(urlOf(cluster.folder, 'points'))
    await client.connect()
    const failed = await client.query(
      `select * from operation_events join operations on operations.id = operation_id
        where event in ('step_failed', 'step_undone') and status <> 'cancelled'`,
    )
    await client.end()
    assert.deepEqual(failed.rows, [])
  })
})

async function makeDatabase(cluster: Cluster): Promise<void> {
  const client = new pg.Client(urlOf(cluster.folder, 'postgres'))
  await client.connect()
  await client.query(`create role ${keyed.user} login password ${pg.escapeLiteral(keyed.password)}`)
  await client.query(`create database points owner ${keyed.user}`)
  await client.end()
}

async function snapshotOf(rig: Rig, id: number): Promise<Snapshot> {
  return rig.api.get<Snapshot>(`/snapshots/${id}/`)
}

/** R, S, T … of the kernel's. */
async function stateOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.[0] ?? ''
}

/** Machines, and what the service itself has started. */
async function ours(rig: Rig): Promise<number[]> {
  const machines = await machinesOf(rig.stateDir)
  const children = await readFile(`/proc/${rig.service.process.pid}/task/${rig.service.process.pid}/children`, 'utf8')
  return [...machines.map(machine => machine.pid), ...children.trim().split(' ').map(Number)]
}

async function argumentsOfAll(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  return Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
}

async function environmentsOf(pids: readonly number[]): Promise<string[]> {
  assert.ok(pids.length >= 2)
  return Promise.all(pids.map(pid => readFile(`/proc/${pid}/environ`, 'utf8')))
}
