/**
 * A clone beside its origin, on the layers that they share: a merge waits for both, is never in the way of either, and
 * whatever starts, is snapshotted or dies in the middle of it, no content changes and nothing is kept that nobody needs.
 */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs } from '../support/needs.ts'
import type { LayerView, Snapshot } from './support/api.ts'
import { checkImage, contentHash } from './support/content.ts'
import { type Fault } from './support/faulty-service.ts'
import { machinesOf } from './support/machines.ts'
import { copying, hurry, operations } from './support/merges.ts'
import { Rig, until } from './support/rig.ts'

const ORIGIN = 1
const ROUNDS = 50
const MANY = { RESTPOINT_SNAPSHOT_LIMIT: '100' }
const SLOW = { ...MANY, RESTPOINT_MERGE_MB_PER_SECOND: '1' }
const faulty = new URL('./support/faulty-service.ts', import.meta.url).pathname

test('a clone beside its origin', { skip: needs('qemu-system-x86_64', 'qemu-img'), timeout: 290_000 }, async t => {
  let rig: Rig
  let clone: number
  /** What both stand on. */
  let shared: { path: string; hash: string }
  before(async () => {
    rig = await Rig.start(SLOW)
    await layerBelow()
    const top = await rig.api.snapshot(ORIGIN, 'shared')
    shared = await sealed(top)
    const body = { name: 'clone', snapshot_id: top.id }
    const reply = await rig.api.call<{ id: number; status: string }>('POST', `/servers/${ORIGIN}/clone/`, body, {
      prefer: 'wait=60',
    })
    assert.deepEqual([reply.status, reply.body.status], [201, 'active'], JSON.stringify(reply.body))
    clone = reply.body.id
  })
  after(() => rig?.end())

  /** A snapshot of the origin with much in its layer, and whatever comes next on top of it. */
  async function layerBelow(megabytes = 24): Promise<Snapshot> {
    await rig.shell.run(`dd if=/dev/urandom of=/data/junk bs=1M count=${megabytes} 2>/dev/null; sync`)
    return rig.api.snapshot(ORIGIN, 'below')
  }
  async function sealed({ id }: Snapshot) {
    const layer = (await rig.api.layers(ORIGIN)).find(({ snapshots }) => snapshots.some(one => one.id === id))
    assert.ok(layer)
    return { path: layer.path, hash: await contentHash(layer.path) }
  }
  const snapshots = async (name: string) =>
    (await rig.api.get<{ results: Snapshot[] }>('/snapshots/')).results.filter(snapshot => snapshot.name === name)
  const status = async (id: number) => (await rig.api.get<{ status: string }>(`/servers/${id}/`)).status
  const waitsFor = async (id: number) =>
    (await rig.api.layers(id)).find(layer => layer.kind === 'garbage')?.merge?.waits_for
  async function killClone(): Promise<void> {
    const machine = (await machinesOf(rig.stateDir)).find(({ name }) => name === `restpoint-${clone}`)
    if (machine) process.kill(machine.pid, 'SIGKILL')
    await until('the clone is stopped', async () => (await status(clone)) === 'stopped')
  }

  await t.test('while both run nothing merges, and both are told why', async () => {
    for (const { id } of await snapshots('below')) await rig.api.remove(id)
    for (const id of [ORIGIN, clone]) {
      await until(
        `the reason at server ${id}`,
        async () => (await waitsFor(id)) === `shared by servers ${ORIGIN} and ${clone}`,
      )
    }
    const merges = (await operations(rig.api)).filter(({ kind, status }) => kind === 'merge' && status !== 'completed')
    assert.deepEqual(
      merges.map(({ status, step }) => [status, step]),
      [['waiting', null]],
    )
  })

  await t.test('it begins when the clone has ended', async () => {
    await killClone()
    await copying(rig.stateDir, ORIGIN)
  })

  await t.test(`the clone starts ${ROUNDS} times in the middle of it, with a snapshot each time`, async t => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
    t.diagnostic(`SEED=${seed}`)
    const random = randomOf(seed)
    for (let round = 1; round <= ROUNDS; round++) {
      await underWay(round)
      await sleep(random() * 200)
      const whose = random() < 0.5 ? ORIGIN : clone
      const start = rig.api.perform(`/servers/${clone}/start/`)
      const early = whose === ORIGIN && random() < 0.5 ? rig.api.snapshot(whose, 'during') : undefined
      await start
      assert.equal(await status(clone), 'active', `round ${round}`)
      const taken = await (early ?? rig.api.snapshot(whose, 'during'))
      assert.equal(taken.status, 'completed', `round ${round}: snapshot ${taken.id}`)
      await rig.api.remove(taken.id)
      await killClone()
    }
    await settled()
    assert.equal(await contentHash(shared.path), shared.hash)
  })

  /** A merge into the shared layer copies; where all is merged already there is something new to merge below it. */
  async function underWay(round: number): Promise<void> {
    if ((await operations(rig.api)).every(({ kind, status }) => kind !== 'merge' || status === 'completed')) {
      const garbage = await layerBelow()
      await rig.api.snapshot(ORIGIN, 'shared')
      await rig.api.remove(garbage.id)
    }
    await until(`a merge in round ${round}`, async () =>
      (await operations(rig.api)).some(
        ({ kind, status, step }) => kind === 'merge' && status === 'running' && step === 'copy',
      ),
    )
  }

  /** Nothing is left to merge, and every chain is whole. */
  async function settled(): Promise<LayerView[]> {
    await hurry(rig.api, rig.stateDir, ORIGIN)
    await hurry(rig.api, rig.stateDir, clone)
    const layers = new Map<number, LayerView>()
    for (const id of [ORIGIN, clone]) for (const layer of await rig.api.layers(id)) layers.set(layer.id, layer)
    const isRunning = (await status(ORIGIN)) === 'active'
    for (const { kind, path } of layers.values()) if (kind !== 'active' || !isRunning) await checkImage(path)
    const files = [...layers.values()].map(layer => basename(layer.path)).sort()
    await until('no file that nobody needs', async () => {
      const found = (await readdir(join(rig.stateDir, 'guests/layers'))).sort()
      const trash = await readdir(join(rig.stateDir, 'guests/trash'))
      return JSON.stringify(found) === JSON.stringify(files) && trash.length === 0
    })
    return [...layers.values()]
  }

  const moments: { state: string; env: Record<string, string>; fault?: Fault }[] = [
    { state: 'running', env: SLOW },
    { state: 'pending', env: MANY, fault: { dieBefore: 'job-finalize' } },
    { state: 'concluded', env: MANY, fault: { dieBefore: 'job-dismiss' } },
    { state: 'done and not recorded', env: MANY, fault: { dieAfter: 'job-dismiss' } },
  ]
  for (const { state, env, fault } of moments) {
    await t.test(`the service is killed while the merge is ${state}, and then the clone starts`, async () => {
      await rig.restart('stop', SLOW)
      const garbage = await layerBelow(4)
      const top = await rig.api.snapshot(ORIGIN, 'shared')
      const content = await sealed(top)
      await rig.restart('stop', fault ? { ...env, FAULT: JSON.stringify(fault) } : env, fault ? faulty : undefined)
      const ended = once(rig.service.process, 'exit')
      await rig.api.remove(garbage.id)
      if (fault) await ended
      else await copying(rig.stateDir, ORIGIN)
      await rig.restart('kill', MANY)
      await rig.api.perform(`/servers/${clone}/start/`)
      assert.equal(await status(clone), 'active')
      assert.equal((await rig.api.snapshot(clone, 'during')).status, 'completed')
      await killClone()
      await settled()
      assert.equal(await contentHash(content.path), content.hash)
      assert.equal(await contentHash(shared.path), shared.hash)
    })
  }

  await t.test(
    'all is stopped and every snapshot deleted: what both stand on stays, until one of them goes',
    async () => {
      await rig.api.perform(`/servers/${ORIGIN}/stop/`)
      for (const { id } of (await rig.api.get<{ results: Snapshot[] }>('/snapshots/')).results) await rig.api.remove(id)
      const kinds = async () => (await rig.api.layers(ORIGIN)).map(layer => layer.kind)
      await until('one layer below both', async () => (await kinds()).join() === 'image,garbage,active')
      assert.equal(await waitsFor(clone), '2 layers stand on it')
      assert.equal((await rig.api.call('DELETE', `/servers/${clone}/`)).status, 204)
      await rig.api.collected(ORIGIN)
      assert.deepEqual(await kinds(), ['image', 'active'])
      await until('no file that nobody needs', async () => {
        const files = (await rig.api.layers(ORIGIN)).map(layer => basename(layer.path))
        return (await readdir(join(rig.stateDir, 'guests/layers'))).sort().join() === files.sort().join()
      })
    },
  )
})

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
