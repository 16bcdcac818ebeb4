/**
 * API10:2023, unsafe consumption of APIs. What the service consumes is a guest's agent, QEMU's monitor and other people's
 * images; all three are taken for hostile. The agent: packages/server/test/drivers/qemu/keeper/hostile.test.ts and
 * faults.test.ts; the monitor: packages/qmp/test/monitor-violations.test.ts; images: drivers/qemu/images/hostile.test.ts.
 * Here: hostile images through the service as it runs, from the request to what is told, and nothing is left behind.
 */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { hostileFiles } from '../../packages/server/test/drivers/qemu/images/hostile.ts'
import { needs } from '../support/needs.ts'
import { openBareService } from './support/bare-service.ts'

interface Image {
  readonly id: number
  readonly status: string
  readonly error: { readonly code: string; readonly detail: string } | null
}

const options = { skip: needs('qemu-img', 'qemu-io'), timeout: 120_000 }

test('no hostile file becomes an image, and none is said more of than its fault', options, async t => {
  const service = await openBareService(t, { RESTPOINT_RATE_LIMIT: '0' })
  const folder = await mkdtemp(path.join(tmpdir(), 'hostile-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  // Every third: their parser has its own test of all of them.
  const chosen = hostileFiles.filter((_, n) => n % 3 === 0)
  for (const [n, { name, format, make }] of chosen.entries()) {
    const at = await make(await mkdtemp(path.join(folder, 'case-')), service.stateDir)
    const body = { name: `hostile-${n}`, path: at, format }
    const { status, body: image } = await service.api.call<Image>('POST', '/images/', body, { prefer: 'wait=30' })
    if (status === 400) continue
    assert.deepEqual([name, status, image.status, image.error?.code], [name, 201, 'failed', 'image_rejected'])
    assert.doesNotMatch(image.error?.detail ?? '', /root:|BEGIN|geheim/, name)
  }
  assert.deepEqual(await readdir(path.join(service.stateDir, 'guests/layers')), [])
  const { results } = await service.api.get<{ results: Image[] }>('/images/')
  assert.deepEqual(
    results.filter(({ status }) => status !== 'failed'),
    [],
  )
  assert.equal((await fetch(`${service.url}/readyz`)).status, 200)
  assert.doesNotMatch(service.output(), /"level":(50|60)/)
})
