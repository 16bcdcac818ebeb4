/** The host's disk is full: requests are refused in time, guests stop without an error, and with space all goes on. */
import { strict as assert } from 'node:assert'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { needs } from '../support/needs.ts'
import { assertTidy } from './support/chains.ts'
import { contentHash } from './support/content.ts'
import { Rig } from './support/rig.ts'
import { needsMount, SmallDisk } from './support/small-disk.ts'
import { until } from './support/until.ts'

const DISK_MB = 400
/** As `startService` sets it. */
const RESERVE_MB = 64

const skip = needs('qemu-system-x86_64', 'qemu-img', 'mkfs.ext4', 'fallocate', 'umount') || needsMount()

test('a full disk', { skip }, async t => {
  let disk: SmallDisk
  let rig: Rig
  const usual = process.env['TMPDIR']
  before(async () => {
    disk = await SmallDisk.mount(DISK_MB)
    // The state folder lies there; what tests make beside it does not.
    process.env['TMPDIR'] = disk.path
    try {
      rig = await Rig.start()
    } finally {
      if (usual === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = usual
    }
  })
  after(async () => {
    await rig?.end()
    await disk?.unmount()
  })

  const files = async () => (await readdir(join(rig.stateDir, 'guests/layers'))).sort()
  const counts = async () => {
    const count = async (path: string) => (await rig.api.get<{ count: number }>(path)).count
    return [await count('/snapshots/'), await count('/images/'), await count('/operations/')]
  }
  const nothingDone = async (work: () => Promise<void>) => {
    const found = [await files(), await counts()]
    await work()
    assert.deepEqual([await files(), await counts()], found)
    assert.deepEqual(await readdir(join(rig.stateDir, 'guests/trash')), [])
  }

  await t.test('a snapshot below the reserve is refused before anything is done', async () => {
    await disk.fillUpTo(RESERVE_MB - 4)
    await nothingDone(async () => {
      const body = { server_id: 1, name: 'too-much' }
      const reply = await rig.api.call<{ code: string; detail: string }>('POST', '/snapshots/', body)
      assert.deepEqual([reply.status, reply.body.code], [400, 'not_enough_space'])
      assert.match(reply.body.detail, /64 MB are kept in reserve/)
    })
    await disk.makeRoom()
    assert.equal((await rig.api.snapshot(1, 'first')).status, 'completed')
  })

  await t.test('an image that does not fit is refused with what can be done, and nothing of it is left', async () => {
    const folder = join(disk.path, 'brought')
    await mkdir(folder)
    const path = join(folder, 'large.raw')
    await writeFile(path, Buffer.alloc(40 * 1024 * 1024, 7))
    // Above the reserve, and not by so much.
    await disk.fillUpTo(RESERVE_MB + 30)
    await nothingDone(async () => {
      const body = { name: 'large', path, format: 'raw' }
      const reply = await rig.api.call<{ code: string; detail: string }>('POST', '/images/', body)
      assert.deepEqual([reply.status, reply.body.code], [400, 'not_enough_space'], JSON.stringify(reply.body))
      assert.match(reply.body.detail, /MB are free .* MB are needed/)
    })
    await disk.makeRoom()
    await rm(folder, { recursive: true })
  })

  await t.test('a merge waits, says why, and is done when there is space; all else reads the same', async () => {
    const ids: number[] = []
    for (const name of ['a', 'b', 'c']) {
      await rig.shell.run(`dd if=/dev/urandom of=/data/${name} bs=64k count=160 2>/dev/null; sync`)
      ids.push((await rig.api.snapshot(1, name)).id)
    }
    const hashes = async () => {
      const found = new Map<string, string>()
      for (const layer of await rig.api.layers(1)) {
        for (const { name } of layer.snapshots) found.set(name, await contentHash(layer.path))
      }
      return found
    }
    const before = await hashes()
    await disk.fillUpTo(2)
    await rig.api.remove(ids[1] as number)
    const garbage = async () => (await rig.api.layers(1)).find(layer => layer.kind === 'garbage')
    await until('the merge to say what it waits for', async () => {
      return /the last one failed: .*No space left/.test((await garbage())?.merge?.waits_for ?? '')
    })
    assert.ok(before.delete('b'))
    assert.deepEqual(await hashes(), before, 'while it waits')
    await disk.makeRoom()
    await rig.api.collected(1)
    assert.deepEqual(await hashes(), before)
    assert.equal((await rig.server()).status, 'active')
    await assertTidy(rig.api, rig.stateDir, 1, true)
  })

  await t.test('a guest that fills it is suspended, is told why, and runs on as if nothing had been', async () => {
    await disk.fillUpTo(6)
    let said = ''
    const stop = rig.shell.onData(text => (said += text))
    // Each is acknowledged by fsync before it is told outside the guest.
    const write = 'dd if=/dev/urandom of=/data/r$i bs=256k count=1 conv=fsync 2>/dev/null'
    rig.shell.type(
      `cd /data; for i in $(seq 1 60); do ${write} || break; echo "A""CK $i $(md5sum < r$i)"; done; echo "A""LL $i"\n`,
    )
    await until('the server to be suspended', async () => (await rig.server()).status === 'suspended')
    assert.match((await rig.server()).status_reason ?? '', /space/)
    const told = () => new Map([...said.matchAll(/ACK (\d+) ([0-9a-f]{32})/g)].map(([, n, sum]) => [n, sum]))
    const before = told()
    assert.ok(before.size > 0 && before.size < 60, `${before.size} were acknowledged`)
    await disk.makeRoom()
    await rig.api.perform('/servers/1/start/')
    await until('the guest to go on to the end', () => /ALL 60\r?\n/.test(said))
    stop()
    assert.equal(told().size, 60)
    // From the disk itself: nothing of it is in the guest's memory any more.
    const sums = await rig.shell.run(
      'sync; echo 3 > /proc/sys/vm/drop_caches; for i in $(seq 1 60); do echo "$i $(md5sum < r$i)"; done',
    )
    for (const [n, sum] of told()) assert.match(sums, new RegExp(`^${n} ${sum}`, 'm'), `record ${n}`)
    assert.equal((await rig.shell.run('dmesg | grep -ciE "i/o error|ext4-fs error|buffer io" || true')).trim(), '0')
    assert.equal((await rig.api.snapshot(1, 'after')).status, 'completed')
  })
})
