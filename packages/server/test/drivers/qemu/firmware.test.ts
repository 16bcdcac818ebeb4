/** UEFI's variables come from Debian's ovmf, as they are. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../../../test/support/needs.ts'
import type { Layer } from '../../../src/drivers/driver.ts'
import { firmware } from '../../../src/drivers/qemu/firmware.ts'
import { openImageRig } from './images/rig.ts'

const skip = needs('qemu-img', 'qemu-io')
const nvram = (sizeBytes: number): Layer => ({ id: 1, sizeBytes, format: 'qcow2', isImage: false, file: null })

test('a new layer of them reads as the file does, and is not made anew', { skip }, async t => {
  const rig = await openImageRig(t)
  const layer = nvram((await rig.driver.nvramBytes()) ?? 0)
  const path = rig.driver.pathOf(layer)
  const out = join(rig.folder, 'read.raw')
  const read = async () => {
    await rig.run('qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', path, out)
    return readFile(out)
  }
  await rig.driver.createNvram(layer)
  assert.ok((await read()).equals(await readFile(firmware.variables)))
  await rig.run('qemu-io', '-f', 'qcow2', '-c', 'write -P 7 0 512', path)
  await rig.driver.createNvram(layer)
  assert.equal((await read())[0], 7)
})

for (const missing of Object.values(firmware)) {
  test(`without ${missing} there is no UEFI`, { skip }, async t => {
    const rig = await openImageRig(t, {
      change: host => ({ ...host, fileSize: async path => (path === missing ? undefined : host.fileSize(path)) }),
    })
    assert.equal(await rig.driver.nvramBytes(), null)
    await assert.rejects(rig.driver.createNvram(nvram(540_672)), { code: 'firmware_unavailable' })
    assert.deepEqual(await rig.files(), [])
  })
}

test('a layer of another size than theirs is a mistake', { skip }, async t => {
  const rig = await openImageRig(t)
  await assert.rejects(rig.driver.createNvram(nvram(1024 * 1024)), /UEFI wants/)
})
