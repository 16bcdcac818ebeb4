/**
 * A header that names the base is no proof that a merge is done. QEMU 7.2 writes it before the tables that map what was
 * copied, and `qemu-img rebase` before anything else: killed then, the child skips the garbage and lacks its bytes.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { needs } from '../../../../../test/support/needs.ts'
import type { Layer, MergeJob } from '../../../src/drivers/driver.ts'
import { openRig, type Rig } from './rig.ts'

const run = promisify(execFile)
const never = new AbortController().signal

test('a merge whose child names the base already copies all the same, and nothing is lost', {
  skip: needs('qemu-system-x86_64', 'qemu-img', 'qemu-io'),
  timeout: 60_000,
}, async t => {
  const rig = await openRig(t)
  const base = await rig.layer(1, null)
  const garbage = await rig.layer(2, base)
  const child = await rig.layer(3, garbage)
  await write(rig, base, 1, '0 192k')
  await write(rig, garbage, 2, '64k 128k')
  await write(rig, child, 3, '128k 64k')
  const before = await contentOf(t, rig, child)

  await run('qemu-img', ['rebase', '-u', '-f', 'qcow2', '-b', '1.qcow2', '-F', 'qcow2', rig.paths.layer(child)])
  assert.deepEqual(await rig.driver.readChain([child, base]), [child.id, base.id])
  assert.notEqual(await contentOf(t, rig, child), before)

  const job: MergeJob = { id: 7, garbage, child, base, chain: [child, garbage, base] }
  await rig.driver.copyMerge(job, () => {}, never)
  await rig.driver.flushMerge(job)
  assert.equal(await rig.driver.pivotMerge(job), true)
  await rig.driver.discardLayer(garbage)
  assert.equal(await contentOf(t, rig, child), before)
})

/** `where`: offset and length, as qemu-io has them. */
async function write(rig: Rig, layer: Layer, value: number, where: string): Promise<void> {
  await run('qemu-io', ['-f', 'qcow2', '-c', `write -P ${value} ${where}`, rig.paths.layer(layer)])
}

async function contentOf(t: TestContext, rig: Rig, layer: Layer): Promise<string> {
  const raw = join(rig.paths.root, 'content.raw')
  t.after(() => rm(raw, { force: true }))
  await run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', rig.paths.layer(layer), raw])
  return createHash('sha256')
    .update(await readFile(raw))
    .digest('hex')
}
