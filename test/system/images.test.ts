/** Images of one's own: imported as qcow2 and as raw and used in place; servers boot from them, and outlive them. */
import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { tinyGuest } from '../support/guest.ts'
import { needs } from '../support/needs.ts'
import { Api, type LayerView } from './support/api.ts'
import { lendKernel } from './support/lend-kernel.ts'
import { SerialShell } from './support/serial.ts'
import { newStateDir, type RunningService, removeState, startService } from './support/service.ts'
import { until } from './support/until.ts'

const execute = promisify(execFile)

interface Image {
  readonly id: number
  readonly name: string
  readonly status: string
  readonly path: string
  readonly error: { readonly detail: string } | null
}

test('images of one’s own', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  let stateDir: string
  let folder: string
  let service: RunningService
  let api: Api
  const images = new Map<string, Image>()
  const servers = new Map<string, { id: number; shell: SerialShell }>()
  const hashes = new Map<string, string>()

  before(async () => {
    stateDir = await newStateDir()
    folder = await mkdtemp(join(tmpdir(), 'restpoint-brought-'))
    service = await startService({ stateDir, env: { RESTPOINT_DEMO: '0' } })
    api = new Api(service)
    const { disk } = await tinyGuest()
    for (const name of ['copied.qcow2', 'linked.qcow2']) await copyFile(disk, join(folder, name))
    await execute('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', disk, join(folder, 'copied.raw')])
  })
  after(async () => {
    for (const { shell } of servers.values()) shell.close()
    await service?.kill()
    await removeState(stateDir)
    await rm(folder, { recursive: true, force: true })
  })

  const fileOf = (name: string) => basename(images.get(name)?.path ?? '')
  const brought = (name: string) => join(folder, name)
  const layerFiles = async () => (await readdir(join(stateDir, 'guests/layers'))).sort()
  const importFile = (name: string, format: string, query = '') =>
    api.call<Image & { code: string }>(
      'POST',
      `/images/${query}`,
      { name, path: brought(name), format },
      { prefer: 'wait=60' },
    )
  const list = async () => (await api.get<{ results: Image[] }>('/images/')).results

  await t.test('what is no image, or not as it was said, is refused at once, and nothing is left', async () => {
    await writeFile(brought('text'), 'no image at all\n'.repeat(100))
    await execute('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', '/etc/passwd', '-F', 'raw', brought('thief'), '1M'])
    for (const [name, format, reason] of [
      ['text', 'qcow2', /no qcow2 image/],
      ['thief', 'qcow2', /backing/],
      ['nothing', 'raw', /no such file/],
    ] as const) {
      for (const query of ['', '?link=true']) {
        const { status, body } = await importFile(name, format, query)
        assert.deepEqual([status, body.code], [400, 'image_rejected'], name)
        assert.match((body as unknown as { detail: string }).detail, reason)
      }
    }
    assert.deepEqual([await list(), await layerFiles()], [[], []])
  })

  await t.test('qcow2 and raw come in, one is used where it lies', async () => {
    for (const [name, format, query] of [
      ['copied.qcow2', 'qcow2', ''],
      ['copied.raw', 'raw', ''],
      ['linked.qcow2', 'qcow2', '?link=true'],
    ] as const) {
      const { status, body } = await importFile(name, format, query)
      assert.deepEqual([status, body.status], [201, 'available'], JSON.stringify(body.error))
      images.set(name, body)
    }
    // What was copied needs its source no more.
    for (const name of ['copied.qcow2', 'copied.raw']) await rm(brought(name))
    assert.equal(images.get('linked.qcow2')?.path, brought('linked.qcow2'))
    assert.deepEqual(await layerFiles(), [fileOf('copied.qcow2'), fileOf('copied.raw')].sort())
    for (const [name, { path }] of images) hashes.set(name, await hashOf(path))
  })

  await t.test('a server boots from each', async () => {
    await lendKernel(stateDir)
    const boot = async ([name, { id }]: [string, Image]) => {
      const body = { name: 'own', image_id: id, plan: { vcpus: 1, memory: 256, storage: 1 }, network: 'none' }
      const reply = await api.call<{ id: number; status: string }>('POST', '/servers/', body, { prefer: 'wait=60' })
      assert.deepEqual([reply.status, reply.body.status], [201, 'active'], JSON.stringify(reply.body))
      servers.set(name, { id: reply.body.id, shell: await SerialShell.open(stateDir, reply.body.id) })
    }
    await Promise.all([...images].map(boot))
    for (const [name, { shell }] of servers) await shell.run(`echo ${name} >/data/mine && sync`)
  })

  await t.test('deleted while servers stand on them they leave the list, and nothing else happens', async () => {
    for (const { id } of images.values()) {
      assert.equal((await api.call('DELETE', `/images/${id}/`)).status, 204)
    }
    assert.deepEqual(await list(), [])
    const { status } = await api.call('POST', '/servers/', {
      name: 'late',
      image_id: images.get('copied.raw')?.id,
      plan: { vcpus: 1, memory: 256, storage: 1 },
    })
    assert.equal(status, 400)
    for (const [name, { id, shell }] of servers) {
      assert.equal((await shell.run('cat /data/mine')).trim(), name)
      // A layer is merged away right above the image.
      const snapshot = await api.snapshot(id, 'one')
      assert.equal(snapshot.status, 'completed')
      await shell.run('head -c 1000000 /dev/urandom >/data/more && sync')
      await api.remove(snapshot.id)
      const layers = await api.collected(id)
      assert.deepEqual(kindsOf(layers), ['image', 'active'])
    }
    for (const [name, { path }] of images) assert.equal(await hashOf(path), hashes.get(name), `the file of ${name}`)
  })

  await t.test('with the last server their files go, only the one that was used in place stays', async () => {
    for (const { id } of servers.values()) assert.equal((await api.call('DELETE', `/servers/${id}/`)).status, 204)
    await until('every layer to go', async () => (await layerFiles()).length === 0)
    assert.equal(await hashOf(brought('linked.qcow2')), hashes.get('linked.qcow2'))
    assert.deepEqual(await readdir(join(stateDir, 'guests/trash')), [])
  })
})

const kindsOf = (layers: readonly LayerView[]) => layers.map(({ kind }) => kind)

async function hashOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}
