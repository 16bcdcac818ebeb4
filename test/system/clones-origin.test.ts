/** The origin is deleted, with its snapshots, while its clone runs: the clone does not notice, and what only it needed goes. */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { needs } from '../support/needs.ts'
import { assertAtRest, assertSame, cloneOf, contentsOf, killServer, layersOf, writeToHead } from './support/clones.ts'
import { Rig } from './support/rig.ts'
import { SerialShell } from './support/serial.ts'
import { until } from './support/until.ts'

test('a clone outlives its origin', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  const origin = 1
  let rig: Rig
  let clone: number
  let shell: SerialShell
  before(async () => {
    rig = await Rig.start()
    await rig.shell.run('dd if=/dev/urandom of=/data/shared bs=1M count=8 2>/dev/null; sync')
    await rig.api.snapshot(origin, 'one')
    await rig.shell.run('dd if=/dev/urandom of=/data/shared bs=1M count=4 conv=notrunc 2>/dev/null; sync')
    const { id } = await rig.api.snapshot(origin, 'two')
    clone = await cloneOf(rig, id)
    await rig.shell.run('dd if=/dev/urandom of=/data/own bs=1M count=8 2>/dev/null; sync')
    await rig.api.snapshot(origin, 'three')
    shell = await SerialShell.open(rig.stateDir, clone)
  })
  after(async () => {
    shell?.close()
    await rig?.end()
  })

  const sums = () => shell.run('echo 3 > /proc/sys/vm/drop_caches; md5sum /data/shared /data/mine')

  await t.test(
    'its files go, what the clone stands on is merged into the clone, and its guest sees nothing of it',
    async () => {
      await shell.run('dd if=/dev/urandom of=/data/mine bs=1M count=2 2>/dev/null; sync')
      await rig.api.snapshot(clone, 'kept')
      const before = await sums()
      const contents = await contentsOf(rig.api, [clone])
      const ownOfOrigin = (await layersOf(rig.api, [origin])).filter(({ snapshots }) =>
        snapshots.some(({ name }) => name === 'three'),
      )
      assert.equal(ownOfOrigin.length, 1)
      assert.equal((await rig.api.call('DELETE', `/servers/${origin}/`)).status, 400, 'it has snapshots')
      assert.equal((await rig.api.call('DELETE', `/servers/${origin}/?with_snapshots=true`)).status, 204)
      await until('only what the clone needs is left', async () => (await layersOf(rig.api, [clone])).length === 3)
      const layers = await assertAtRest(rig, [clone])
      assert.deepEqual(
        layers.map(({ kind }) => kind),
        ['image', 'sealed', 'active'],
      )
      assertSame(await contentsOf(rig.api, [clone]), contents)
      assert.equal(await sums(), before)
    },
  )

  await t.test('a clone of the clone outlives it as well, killed and never booted', async () => {
    const { results } = await rig.api.get<{ results: { id: number }[] }>('/snapshots/')
    const second = await cloneOf(rig, results[0]?.id as number, 'second', clone)
    await killServer(rig, second)
    await writeToHead(rig.api, second, 2, 7)
    const contents = await contentsOf(rig.api, [second])
    assert.equal((await rig.api.call('DELETE', `/servers/${clone}/?with_snapshots=true`)).status, 204)
    await until('one layer is left', async () => (await layersOf(rig.api, [second])).length === 2)
    await assertAtRest(rig, [second])
    assertSame(await contentsOf(rig.api, [second]), contents)
  })
})
