/** As many layers on top of each other as there may be: everything still works, and all of it goes again. */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { needs } from '../support/needs.ts'
import type { Snapshot } from './support/api.ts'
import { assertTidy } from './support/chains.ts'
import { contentHash } from './support/content.ts'
import { Rig } from './support/rig.ts'

const KEPT = 30

test('a chain as deep as it may be', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  let rig: Rig
  const ids: number[] = []
  before(async () => {
    rig = await Rig.start({ RESTPOINT_SNAPSHOT_LIMIT: '100' })
  })
  after(() => rig?.end())

  const restart = () => rig.restart('kill', { RESTPOINT_SNAPSHOT_LIMIT: '100' })
  const mark = (text: string) => rig.shell.run(`echo ${text} > /data/mark; sync`)
  const marked = async () => (await rig.shell.run('cat /data/mark')).trim()

  await t.test('is refused beyond 64 layers', async () => {
    for (let refused: string | undefined; refused === undefined; ) {
      if (ids.length === 1) await mark('early')
      const { status, body } = await rig.api.call<Snapshot & { code: string }>(
        'POST',
        '/snapshots/?consistency=crash',
        { server_id: 1, name: `s${ids.length}` },
        { prefer: 'wait=30' },
      )
      if (status === 201) {
        assert.equal(body.status, 'completed')
        ids.push(body.id)
      } else refused = body.code
      if (refused) assert.equal(refused, 'chain_too_deep')
      assert.ok(ids.length < 64)
    }
    assert.equal((await rig.api.layers(1)).length, 64)
    await mark('late')
  })

  await t.test('is adopted by the next service', async () => {
    await restart()
    const server = await rig.server()
    assert.deepEqual([server.status, server.agent.connected], ['active', true])
  })

  await t.test('can be restored from, and undone to', async () => {
    // From the one that will be kept: what two things stand on would stay as long as the undo point.
    await rig.api.perform(`/snapshots/${ids[KEPT]}/restore/`)
    await rig.newShell()
    assert.equal(await marked(), 'early')
    await rig.api.perform('/servers/1/undo/')
    await rig.newShell()
    assert.equal(await marked(), 'late')
  })

  await t.test('is merged away when the snapshots are deleted', async () => {
    const layerOf = async (id: number) => {
      const layer = (await rig.api.layers(1)).find(({ snapshots }) => snapshots.some(snapshot => snapshot.id === id))
      return contentHash(layer?.path as string)
    }
    const kept = ids.splice(KEPT, 1)[0] as number
    const before = await layerOf(kept)
    for (const id of ids) await rig.api.remove(id)
    await rig.api.collected(1)
    assert.equal(await layerOf(kept), before)
    assert.equal(await marked(), 'late')
    await assertTidy(rig.api, rig.stateDir, 1, true)
  })
})
