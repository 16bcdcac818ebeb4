/** Whatever file is brought: it becomes an image as it is, or is refused before any tool has opened it. */
import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { needs } from '../../../../../../test/support/needs.ts'
import { Failure } from '../../../../src/errors.ts'
import { hostileFiles, MAX_BYTES } from './hostile.ts'
import { type ImageRig, makeImageRig, never } from './rig.ts'

describe(`${hostileFiles.length} files that must not become images`, { skip: needs('qemu-img', 'qemu-io') }, () => {
  let rig: ImageRig
  before(async () => {
    rig = await makeImageRig({ imageMaxBytes: MAX_BYTES })
  })
  after(() => rig.close())

  for (const { name, format, make, says } of hostileFiles) {
    test(name, { timeout: 10_000 }, async () => {
      const source = { path: await make(await mkdtemp(join(rig.folder, 'case-')), rig.stateDir), format }
      rig.programs.length = 0
      const isRefusal = (error: unknown) =>
        error instanceof Failure && error.code === 'image_rejected' && says.test(error.message)
      await assert.rejects(rig.driver.inspectImage(source), isRefusal)
      await assert.rejects(rig.driver.inspectImage({ ...source, inPlace: true }), isRefusal)
      await assert.rejects(
        rig.driver.importImage(rig.newImage(format), source, () => {}, never),
        isRefusal,
      )
      assert.deepEqual(rig.programs, [], 'no tool was started')
      assert.deepEqual(await rig.files(), [], 'nothing is left behind')
    })
  }

  test('they are no fewer than they were', () => {
    assert.ok(hostileFiles.length >= 115, `${hostileFiles.length}`)
    assert.equal(new Set(hostileFiles.map(({ name }) => name)).size, hostileFiles.length)
  })
})
