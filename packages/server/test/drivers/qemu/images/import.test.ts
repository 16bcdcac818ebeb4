/** What may come between an import and its end. */
import assert from 'node:assert/strict'
import { appendFileSync, constants, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { needs } from '../../../../../../test/support/needs.ts'
import type { ImageSource } from '../../../../src/drivers/driver.ts'
import type { Host } from '../../../../src/drivers/qemu/host.ts'
import type { SourceFile } from '../../../../src/drivers/qemu/images/source-file.ts'
import { type Forgery, forge, L1, L2, REFCOUNT_BLOCK } from './forge.ts'
import { type ImageRig, never, openImageRig } from './rig.ts'

const skip = needs('qemu-img')
const isRoot = process.getuid?.() === 0

async function brought(rig: ImageRig, content: Buffer, format: ImageSource['format'] = 'qcow2'): Promise<ImageSource> {
  const path = join(rig.folder, 'image')
  await writeFile(path, content)
  return { path, format }
}

async function refused(rig: ImageRig, source: ImageSource, expected: { code: string; message: RegExp }): Promise<void> {
  await assert.rejects(
    rig.driver.importImage(rig.newImage(source.format), source, () => {}, never),
    expected,
  )
  assert.deepEqual(await rig.files(), [], 'nothing is left behind')
}

/** Puts a source's reads into other hands; `from` is the file that was really opened. */
function readingBy(read: (from: SourceFile, into: Buffer, at: number) => Promise<number>) {
  return (host: Host): Host => ({
    ...host,
    async openSource(path) {
      const file = await host.openSource(path)
      // Only what was brought, not our own copy.
      if (path.endsWith('.new')) return file
      return {
        realPath: file.realPath,
        facts: () => file.facts(),
        read: (into, at) => read(file, into, at),
        reflink: async () => false,
        close: () => file.close(),
      }
    },
  })
}

describe('a source that is not what it seemed', { skip }, () => {
  test('shows one face to whoever looks and another to whoever copies: the copy is looked into', async t => {
    const hostile = forge({
      fields: { backing_file_offset: 512, backing_file_size: 11 },
      texts: { 512: '/etc/shadow' },
    })
    let looks = 0
    const rig = await openImageRig(t, {
      change: readingBy(async (from, into, at) => {
        if (at === 0 && ++looks === 2) return hostile.copy(into, 0, 0, into.length)
        return from.read(into, at)
      }),
    })
    const source = await brought(rig, forge())
    await refused(rig, source, { code: 'image_rejected', message: /backing file/ })
    assert.deepEqual(rig.programs, [], 'no tool has opened the copy')
  })

  const big = Buffer.alloc(4_000_000, 'x')
  const changes: Readonly<Record<string, { change: (path: string) => void; message: RegExp }>> = {
    'is written to': { change: path => writeFileSync(path, 'y', { flag: 'r+' }), message: /changed while/ },
    grows: { change: path => appendFileSync(path, 'y'), message: /changed while/ },
    shrinks: { change: path => truncateSync(path, 100), message: /became shorter/ },
    'goes away': { change: path => rmSync(path), message: /removed while/ },
    'gives way to another': {
      change: path => {
        writeFileSync(`${path}.other`, big)
        renameSync(`${path}.other`, path)
      },
      message: /removed while/,
    },
  }
  for (const [what, { change, message }] of Object.entries(changes)) {
    test(`${what} while it is copied`, async t => {
      const rig = await openImageRig(t)
      const source = await brought(rig, big, 'raw')
      let isChanged = false
      const progress = () => {
        if (!isChanged) change(source.path)
        isChanged = true
      }
      const copy = rig.driver.importImage(rig.newImage('raw'), source, progress, never)
      await assert.rejects(copy, { code: 'image_rejected', message })
      assert.deepEqual(await rig.files(), [])
    })
  }

  for (const failing of [1, 2]) {
    test(`cannot be read by the disk it lies on, at look ${failing}`, async t => {
      let reads = 0
      const rig = await openImageRig(t, {
        change: readingBy(async (from, into, at) => {
          if (++reads === failing) throw Object.assign(new Error('i/o error'), { code: 'EIO' })
          return from.read(into, at)
        }),
      })
      const source = await brought(rig, forge())
      await refused(rig, source, { code: 'image_rejected', message: /cannot read it/ })
    })
  }
})

describe('tables that no header betrays', { skip }, () => {
  const kinds: Readonly<Record<string, Forgery>> = {
    'a table beyond the file': { entries: { [L1]: (2n ** 40n) | (1n << 63n) } },
    'data beyond the file': { entries: { [L2]: (2n ** 40n) | (1n << 63n) } },
    'data in a table': { entries: { [L2]: BigInt(L1) | (1n << 63n) } },
    'two places for one cluster': { entries: { [L2 + 8]: BigInt(5 * 65_536) | (1n << 63n) } },
    'a table that is its own data': { entries: { [L2]: BigInt(L2) | (1n << 63n) } },
    'bits where none belong': { entries: { [L2]: BigInt(5 * 65_536 + 8) | (1n << 63n) } },
    'nothing counted': { entries: { [REFCOUNT_BLOCK]: 0n } },
    'cut off in its data': { length: 4 * 65_536 + 8 },
  }
  for (const [name, forgery] of Object.entries(kinds)) {
    test(name, async t => {
      const rig = await openImageRig(t)
      await refused(rig, await brought(rig, forge(forgery)), {
        code: 'image_rejected',
        message: /check -f qcow2 -r all/,
      })
    })
  }

  test('so many clusters that QEMU would need more memory than it may have', async t => {
    const rig = await openImageRig(t)
    const fields = { cluster_bits: 9, size: 512, l1_size: 1, l1_table_offset: 1536, refcount_table_offset: 512 }
    const source = await brought(rig, forge({ fields }))
    truncateSync(source.path, 900 * 2 ** 30)
    // Not by a copy of all its holes: it stays where it is.
    const image = { ...rig.newImage(), file: source.path }
    await assert.rejects(
      rig.driver.importImage(image, { ...source, inPlace: true }, () => {}, never),
      { code: 'image_rejected', message: /could not check it/ },
    )
  })
})

/** A state folder on a file system of this size; its layers lie there as well. */
async function smallStateDir(t: TestContext, rig: { run: ImageRig['run'] }, size: string): Promise<string> {
  const stateDir = await mkdtemp(join(tmpdir(), 'restpoint-small-'))
  await rig.run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', stateDir)
  t.after(() => rig.run('umount', '-l', stateDir).then(() => rm(stateDir, { recursive: true, force: true })))
  return stateDir
}

describe('a file system without space', { skip: skip || (!isRoot && 'only root can mount one') }, () => {
  for (const isFoundBefore of [true, false]) {
    test(isFoundBefore ? 'is found before anything is written' : 'that was full only midway', async t => {
      const tools = await openImageRig(t)
      const stateDir = await smallStateDir(t, tools, '2m')
      const lie = (host: Host): Host => ({ ...host, freeBytes: async () => 2 ** 40 })
      const rig = await openImageRig(t, { stateDir, ...(isFoundBefore ? {} : { change: lie }) })
      const source = await brought(rig, Buffer.alloc(5_000_000, 'x'), 'raw')
      await refused(rig, source, { code: 'not_enough_space', message: isFoundBefore ? /takes 5 MB/ : /was full/ })
      assert.equal(
        rig.effects.some(effect => effect.startsWith('openNew')),
        !isFoundBefore,
      )
      await writeFile(source.path, Buffer.alloc(500_000, 'x'))
      await rig.driver.importImage(rig.newImage('raw'), source, () => {}, never)
    })
  }
})

describe('what an earlier process has left', { skip }, () => {
  const leftovers: Readonly<Record<string, (draft: string, elsewhere: string) => Promise<void>>> = {
    'half a draft': draft => writeFile(draft, 'half of'),
    'a link in the place of the draft': (draft, elsewhere) => symlink(elsewhere, draft),
  }
  for (const [name, leave] of Object.entries(leftovers)) {
    test(name, async t => {
      const rig = await openImageRig(t)
      const source = await brought(rig, forge())
      const image = rig.newImage()
      const elsewhere = join(rig.folder, 'elsewhere')
      await writeFile(elsewhere, 'as it was')
      await leave(`${rig.driver.pathOf(image)}.new`, elsewhere)
      await rig.driver.importImage(image, source, () => {}, never)
      assert.ok((await readFile(rig.driver.pathOf(image))).equals(forge()))
      assert.equal(await readFile(elsewhere, 'utf8'), 'as it was')
      assert.equal((await rig.files()).length, 1)
    })
  }

  test('goes with the layer', async t => {
    const rig = await openImageRig(t)
    const image = rig.newImage()
    await writeFile(`${rig.driver.pathOf(image)}.new`, 'half of')
    await rig.driver.discardLayer(image)
    assert.deepEqual(await rig.files(), [])
  })
})

test('an image gets its name when all of it is on disk and checked, and the name survives as well', {
  skip,
}, async t => {
  const rig = await openImageRig(t)
  const source = await brought(rig, forge())
  const image = rig.newImage()
  await rig.driver.importImage(image, source, () => {}, never)
  const path = rig.driver.pathOf(image)
  const order = [
    `openNew ${path}.new`,
    'follow qemu-img',
    `sync ${path}.new`,
    `rename ${path}.new`,
    `sync ${rig.paths.layers}`,
  ]
  const places = order.map(wanted => rig.effects.indexOf(wanted))
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
    rig.effects.join('\n'),
  )
  assert.ok(places.every(place => place >= 0))

  // Who had written the name may have died before it was on disk.
  rig.effects.length = 0
  await rig.driver.importImage(image, source, () => {}, never)
  assert.deepEqual(
    rig.effects.filter(effect => !effect.startsWith('openSource')),
    [`fileSize ${path}`, `sync ${rig.paths.layers}`],
  )
})

test('two calls for one layer do not share a draft', { skip }, async t => {
  const rig = await openImageRig(t)
  const source = await brought(rig, Buffer.alloc(4_000_000, 'x'), 'raw')
  const image = rig.newImage('raw')
  const given = new AbortController()
  const first = rig.driver.importImage(image, source, () => given.abort(new Error('given up')), given.signal)
  const second = rig.driver.importImage(image, source, () => {}, never)
  await assert.rejects(first, /given up/)
  await second
  assert.ok((await readFile(rig.driver.pathOf(image))).equals(await readFile(source.path)))
  assert.equal((await rig.files()).length, 1)
})

test('where the file systems can, the copy shares the blocks of its source', { skip }, async t => {
  // What a reflink comes to, on a file system that has none: a copy at once.
  const rig = await openImageRig(t, {
    change: host => ({
      ...host,
      freeBytes: async () => 0,
      openSource: async path => {
        const file = await host.openSource(path)
        const reflink = async (to: string) => {
          await copyFile(path, to, constants.COPYFILE_EXCL)
          return true
        }
        return {
          realPath: file.realPath,
          facts: () => file.facts(),
          read: (into, at) => file.read(into, at),
          reflink,
          close: () => file.close(),
        }
      },
    }),
  })
  const source = await brought(rig, forge())
  const image = rig.newImage()
  await rig.driver.importImage(image, source, () => {}, never)
  assert.ok((await readFile(rig.driver.pathOf(image))).equals(forge()))
  assert.equal((await stat(rig.driver.pathOf(image))).mode & 0o777, 0o600)

  await writeFile(source.path, forge({ entries: { [L2]: BigInt(L1) | (1n << 63n) } }))
  await assert.rejects(
    rig.driver.importImage(rig.newImage(), source, () => {}, never),
    { code: 'image_rejected' },
  )
  assert.equal((await rig.files()).length, 1)
})

describe('QEMU as a user of its own', { skip: skip || (!isRoot && 'not root') }, () => {
  const user = { uid: 12345, gid: 12345 }

  test('has the copy for itself, of a file that only the service can read', async t => {
    const rig = await openImageRig(t, { user })
    const source = await brought(rig, forge())
    await rig.run('chmod', '600', source.path)
    const image = rig.newImage()
    await rig.driver.importImage(image, source, () => {}, never)
    const { uid, gid, mode } = await stat(rig.driver.pathOf(image))
    assert.deepEqual([uid, gid, mode & 0o777], [user.uid, user.gid, 0o600])
  })

  test('must reach what is to be used in place', async t => {
    const rig = await openImageRig(t, { user })
    const source = { ...(await brought(rig, forge())), inPlace: true }
    const refusal = { code: 'image_rejected', message: /Permission denied.*copied in/ }
    await rig.run('chmod', '600', source.path)
    await assert.rejects(rig.driver.inspectImage(source), refusal)
    await rig.run('chmod', '644', source.path)
    await rig.driver.inspectImage(source)
    await rig.run('chmod', '600', rig.folder)
    await assert.rejects(rig.driver.inspectImage(source), refusal)
  })
})
