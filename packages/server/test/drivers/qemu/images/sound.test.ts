/** Sound images, however they are made, come in as they are. */
import assert from 'node:assert/strict'
import { readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Monitor } from '@restpoint/qmp/monitor'
import { needs } from '../../../../../../test/support/needs.ts'
import { killMachines } from '../../../../../../test/system/support/machines.ts'
import { plainMachine } from '../../../../src/drivers/contract/harness.ts'
import type { ImageSource, Layer } from '../../../../src/drivers/driver.ts'
import { type Forgery, forge } from './forge.ts'
import { type ImageRig, makeImageRig, never } from './rig.ts'

const skip = needs('qemu-system-x86_64', 'qemu-img', 'qemu-io')
let rig: ImageRig
before(async () => {
  rig = await makeImageRig()
})
after(async () => {
  await killMachines(rig.stateDir)
  await rig.close()
})

async function imported(source: ImageSource): Promise<Layer> {
  const image = rig.newImage(source.format)
  const told = await rig.driver.inspectImage(source)
  const { sizeBytes } = await rig.driver.importImage(image, source, () => {}, never)
  assert.equal(told.sizeBytes, sizeBytes)
  const info = JSON.parse(await rig.run('qemu-img', 'info', '-f', source.format, '--output=json', source.path))
  assert.equal(info['virtual-size'], sizeBytes)
  const sides = ['-f', source.format, '-F', source.format, source.path, rig.driver.pathOf(image)]
  assert.match(await rig.run('qemu-img', 'compare', ...sides), /identical/)
  return { ...image, sizeBytes }
}

describe('made by qemu-img', { skip }, () => {
  const kinds: Readonly<Record<string, string>> = {
    'version 2': 'compat=v2',
    'lazy reference counts': 'lazy_refcounts=on',
    'clusters of 512 bytes': 'cluster_size=512',
    'clusters of 2 MiB': 'cluster_size=2M',
    'extended L2 entries': 'extended_l2=on,cluster_size=128k',
    'reference counts of 1 bit': 'refcount_bits=1',
    'reference counts of 64 bits': 'refcount_bits=64',
    'metadata laid out in advance': 'preallocation=metadata',
    'compression by zlib': 'compression_type=zlib',
    'compression by zstd': 'compression_type=zstd',
  }
  for (const [name, options] of Object.entries(kinds)) {
    test(name, async () => {
      const path = join(rig.folder, `${name}.qcow2`)
      const content = join(rig.folder, 'content.raw')
      await writeFile(content, Buffer.concat([Buffer.alloc(300_000, 'text '), Buffer.alloc(3_000_000)]))
      const compressed = name.startsWith('compression') ? ['-c'] : []
      await rig.run('qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', ...compressed, '-o', options, content, path)
      await imported({ path, format: 'qcow2' })
    })
  }
})

describe('made by others', { skip }, () => {
  const kinds: Readonly<Record<string, Forgery>> = {
    'nothing special': {},
    'a header of version 2': { fields: { version: 2 } },
    'the shortest header of version 3': { fields: { header_length: 104 } },
    'a longer header than is known': { fields: { header_length: 128 } },
    'unknown features that do no harm': { fields: { compatible_features: 1n << 40n, autoclear_features: 1n << 40n } },
    'unknown extensions': { extensions: [{ type: 0x1234567, data: 'of tomorrow' }] },
    'a backing format without a backing file': { extensions: [{ type: 0xe2792aca, data: 'raw' }] },
    'a disk of one sector': { fields: { size: 512 } },
    'a cluster that nobody uses': { entries: { [2 * 65_536 + 16]: 1n << 48n } },
  }
  for (const [name, forgery] of Object.entries(kinds)) {
    test(name, async () => {
      const path = join(rig.folder, `forged ${name}`)
      await writeFile(path, forge(forgery))
      await imported({ path, format: 'qcow2' })
    })
  }
})

describe('raw', { skip }, () => {
  test('whose last sector is not whole', async () => {
    const path = join(rig.folder, 'odd.raw')
    await writeFile(path, Buffer.alloc(100_001, 'x'))
    const image = await imported({ path, format: 'raw' })
    assert.equal(image.sizeBytes, 100_352)
    const flat: Layer = { ...image, id: 1000, format: 'qcow2', isImage: false }
    await rig.driver.flattenLayer(flat, [image], () => {}, never)
    const out = join(rig.folder, 'odd.read')
    await rig.run('qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', rig.driver.pathOf(flat), out)
    assert.ok((await readFile(out)).equals(Buffer.concat([await readFile(path), Buffer.alloc(351)])))
  })

  test('what is zero takes no space in the copy, written or not', async () => {
    const path = join(rig.folder, 'sparse.raw')
    await writeFile(path, Buffer.concat([Buffer.alloc(8_000_000), Buffer.alloc(5000, 'x'), Buffer.alloc(8_000_000)]))
    await truncate(path, 2 ** 26)
    assert.ok((await stat(path)).blocks * 512 > 16_000_000)
    const image = await imported({ path, format: 'raw' })
    const allocated = (await rig.driver.measure([image])).get(image.id)
    assert.ok(allocated !== undefined && allocated <= 16_384, `${allocated} bytes are allocated`)
  })

  test('with a qcow2 header in it, that names another file: raw it stays', async () => {
    const secret = join(rig.folder, 'secret')
    await writeFile(secret, Buffer.alloc(1024 * 1024, 'secret'))
    const bytes = forge({
      fields: { backing_file_offset: 512, backing_file_size: secret.length },
      texts: { 512: secret },
    })
    const path = join(rig.folder, 'header.raw')
    await writeFile(path, bytes)
    const image = await imported({ path, format: 'raw' })
    assert.equal(image.sizeBytes, bytes.length)
    const overlay: Layer = { id: 1001, sizeBytes: bytes.length, format: 'qcow2', isImage: false, file: null }
    const flat: Layer = { ...overlay, id: 1002 }
    await rig.driver.createLayer(overlay, image)
    assert.deepEqual(await rig.driver.readChain([overlay, image]), [overlay.id, image.id])

    // To a machine …
    const disks = [{ diskId: 1, slot: 0, role: 'disk' as const, layers: [overlay, image] }]
    await rig.driver.start({ ...plainMachine, serverId: 1003, disks })
    const doctor = await Monitor.connect(rig.paths.machine(1003).doctor, { timeoutMs: 5000 })
    const nodes = await doctor.execute<{ 'node-name': string; drv: string; image: object }[]>('query-named-block-nodes')
    doctor.close()
    const node = nodes.find(one => one['node-name'] === `layer-${image.id}`)
    assert.equal(node?.drv, 'raw')
    assert.equal(JSON.stringify(node).includes('secret'), false)
    await rig.driver.halt(1003)

    // … to a copy of the chain, and to whoever goes by the header of what stands on it.
    await rig.driver.flattenLayer(flat, [overlay, image], () => {}, never)
    for (const layer of [flat, overlay]) {
      const out = join(rig.folder, 'read.raw')
      await rig.run('qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', rig.driver.pathOf(layer), out)
      assert.ok((await readFile(out)).equals(bytes), `layer ${layer.id} reads as the file does`)
    }
  })
})
