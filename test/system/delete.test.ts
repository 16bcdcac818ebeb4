/** Deleting a snapshot takes its bytes away, and nothing of anybody else's. */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { needs } from '../support/needs.ts'
import type { Snapshot } from './support/api.ts'
import { assertTidy } from './support/chains.ts'
import { contentHash } from './support/content.ts'
import { assertWrites, hangAgent, wakeAgent } from './support/guest-agent.ts'
import { operations } from './support/merges.ts'
import { Rig } from './support/rig.ts'
import { until } from './support/until.ts'

test('deleting snapshots', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  let rig: Rig
  before(async () => {
    rig = await Rig.start()
  })
  after(() => rig?.end())

  /** Snapshot → hash of what one reads through its layer. */
  const hashes = async () => {
    const found = new Map<string, string>()
    for (const layer of await rig.api.layers(1)) {
      for (const { name } of layer.snapshots) found.set(name, await contentHash(layer.path))
    }
    return found
  }
  const list = async () => (await rig.api.get<{ results: Snapshot[] }>('/snapshots/?server_id=1')).results
  const idOf = async (name: string) => (await list()).find(snapshot => snapshot.name === name)?.id as number
  /** Some of it new, some of it over what an older layer holds. */
  const churn = async (name: string) => {
    await rig.shell.run(`dd if=/dev/urandom of=/data/${name} bs=64k count=16 2>/dev/null`)
    await rig.shell.run('dd if=/dev/urandom of=/data/shared bs=64k count=16 conv=notrunc 2>/dev/null; sync')
  }
  const take = async (...names: string[]) => {
    for (const name of names) {
      await churn(name)
      assert.equal((await rig.api.snapshot(1, name)).status, 'completed')
    }
  }
  const sums = () => rig.shell.run('cd /data && md5sum $(ls | sort)')
  /** Deletes them all at once; everything that stays must read the same. */
  const removeAndCompare = async (names: readonly string[], isRunning: boolean) => {
    const before = await hashes()
    for (const name of names) await rig.api.remove(await idOf(name))
    await rig.api.collected(1)
    for (const name of names) assert.ok(before.delete(name), `${name} was there`)
    assert.deepEqual(await hashes(), before)
    await assertTidy(rig.api, rig.stateDir, 1, isRunning)
  }

  await t.test('live: the base-most, a middle and the last one', async () => {
    await take('a', 'b', 'c', 'd', 'e')
    await churn('live')
    const before = await sums()
    await removeAndCompare(['a', 'c', 'e'], true)
    assert.equal(await sums(), before, 'what the guest itself reads')
    assert.equal((await rig.api.layers(1)).length, 4, 'image, b, d, active')
  })

  await t.test('of a stopped server: the base-most, a middle and the last one', async () => {
    await take('f', 'g', 'h')
    await churn('stopped')
    const before = await sums()
    await rig.api.perform('/servers/1/stop/')
    await removeAndCompare(['b', 'f', 'h'], false)
    await rig.api.perform('/servers/1/start/')
    await rig.newShell()
    assert.equal(await sums(), before, 'what the guest itself reads')
  })

  await t.test('what is deleted is gone for good: 404, also twice', async () => {
    const id = await idOf('g')
    await rig.api.remove(id)
    for (const [method, path] of [
      ['DELETE', `/snapshots/${id}/`],
      ['GET', `/snapshots/${id}/`],
      ['POST', `/snapshots/${id}/restore/`],
    ] as const) {
      assert.equal((await rig.api.call(method, path)).status, 404, `${method} ${path}`)
    }
  })

  await t.test('the one that is being restored: the restore ends, then it is collected', async () => {
    await rig.shell.run('echo kept > /data/mark; sync')
    const { id } = await rig.api.snapshot(1, 'source')
    await rig.shell.run('echo changed > /data/mark; sync')
    const reply = await rig.api.call('POST', `/snapshots/${id}/restore/`)
    assert.equal(reply.status, 200)
    await rig.api.remove(id)
    const operation = reply.headers.get('operation-id')
    const status = async () => (await rig.api.get<{ status: string }>(`/operations/${operation}/`)).status
    await until('the restore to end', async () => /completed|failed|cancelled/.test(await status()))
    assert.equal(await status(), 'completed')
    await rig.newShell()
    assert.equal((await rig.shell.run('cat /data/mark')).trim(), 'kept')
  })

  await t.test('one that waits behind a restore: it is never taken, and its slot is free', async () => {
    const restored = await idOf('d')
    const reply = await rig.api.call('POST', `/snapshots/${restored}/restore/`)
    const queued = await rig.api.call<Snapshot>('POST', '/snapshots/', { server_id: 1, name: 'queued' })
    assert.deepEqual([queued.status, queued.body.status], [201, 'in_progress'])
    await rig.api.remove(queued.body.id)
    assert.deepEqual(
      (await list()).filter(snapshot => snapshot.name === 'queued'),
      [],
    )
    const ended = async (id: string | null) => (await rig.api.get<{ status: string }>(`/operations/${id}/`)).status
    const cancelled = queued.headers.get('operation-id')
    await until('the cancelled create to end', async () => (await ended(cancelled)) !== 'queued')
    await until('the cancelled create to end', async () => (await ended(cancelled)) === 'cancelled')
    assert.equal(await ended(reply.headers.get('operation-id')), 'completed')
    assert.equal((await rig.api.call('GET', `/snapshots/${queued.body.id}/`)).status, 404)
    await rig.newShell()
  })

  await t.test('one in the middle of its cut: cancelled, the guest runs on', async () => {
    await rig.agent()
    const before = (await list()).length
    await hangAgent(rig.shell)
    // The agent does not answer: the cut takes a while.
    const made = await rig.api.call<Snapshot>('POST', '/snapshots/', { server_id: 1, name: 'cut-short' })
    const operation = async () => (await operations(rig.api)).find(({ kind }) => kind === 'snapshot_create')
    await until('the cut', async () => (await operation())?.step === 'cut')
    await rig.api.remove(made.body.id)
    await until('the create to end', async () => !/queued|running/.test((await operation())?.status ?? ''))
    await assertWrites(rig.shell)
    await wakeAgent(rig.shell)
    await assertWrites(rig.shell)
    assert.equal((await list()).length, before)
    assert.equal((await rig.api.call('GET', `/snapshots/${made.body.id}/`)).status, 404)
    await rig.api.collected(1)
    await assertTidy(rig.api, rig.stateDir, 1, true)
  })
})
