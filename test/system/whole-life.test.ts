/** A server's whole life with the tiny Linux, in short; `npm run test:distro` leads a real Debian through more of it. */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { tinyGuest } from '../support/guest.ts'
import { needs } from '../support/needs.ts'
import { Api } from './support/api.ts'
import { Beats } from './support/beats.ts'
import { checkImage } from './support/content.ts'
import { lendKernel } from './support/lend-kernel.ts'
import { SerialShell } from './support/serial.ts'
import { newStateDir, type RunningService, removeState, startService } from './support/service.ts'
import { until } from './support/until.ts'

interface ServerDetail {
  readonly id: number
  readonly name: string
  readonly status: string
  readonly agent: { readonly connected: boolean }
  readonly network: { readonly mac: string; readonly forwards: readonly { readonly host_port: number }[] }
}

test('a whole life', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  let stateDir: string
  let service: RunningService
  let api: Api
  const shells = new Map<number, SerialShell>()
  before(async () => {
    stateDir = await newStateDir()
    service = await startService({ stateDir, env: { RESTPOINT_DEMO: '0' } })
    api = new Api(service)
  })
  after(async () => {
    for (const shell of shells.values()) shell.close()
    await service?.kill()
    await removeState(stateDir)
  })

  const make = async <Body>(path: string, body: object): Promise<Body> => {
    const reply = await api.call<Body & { status: string }>('POST', path, body, { prefer: 'wait=60' })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    assert.ok(['available', 'active'].includes(reply.body.status), JSON.stringify(reply.body))
    return reply.body
  }
  /** A shell in a machine that has just been started, and its agent there. */
  const booted = async (id: number): Promise<SerialShell> => {
    shells.get(id)?.close()
    const shell = await SerialShell.open(stateDir, id)
    shells.set(id, shell)
    await until('the agent', async () => (await api.get<ServerDetail>(`/servers/${id}/`)).agent.connected)
    return shell
  }
  /** Over the network, through the port of the host that leads there, a guest says its host name and its MAC address. */
  const reaches = async (server: ServerDetail) => {
    const [{ host_port }] = server.network.forwards as [{ host_port: number }]
    let said = ''
    await until(`${server.name} on port ${host_port}`, async () => {
      const reply = await fetch(`http://127.0.0.1:${host_port}/`, { signal: AbortSignal.timeout(2000) }).catch(
        () => null,
      )
      said = (await reply?.text().catch(() => ''))?.trim() ?? ''
      return said !== ''
    })
    assert.equal(said, `${server.name} ${server.network.mac}`)
  }
  /** The last write on a disk. They are numbered from 1, after the `inherited` ones anew, and none is missing. */
  const lastWrite = async (shell: SerialShell, inherited = 0): Promise<number> => {
    const last = Number(await shell.run('tail -n 1 /data/beat'))
    const digest = 'sha256sum | cut -c -64'
    const wanted = inherited === 0 ? `seq ${last}` : `{ seq ${inherited}; seq ${last}; }`
    const digests = (await shell.run(`cat /data/beat | ${digest}; ${wanted} | ${digest}`)).trim().split('\n')
    assert.equal(digests[0], digests[1], `the writes up to ${last}, each once and in their order`)
    return last
  }

  let origin: ServerDetail
  let clone: ServerDetail
  let snapshotId: number
  let restored: number

  await t.test('an image comes in, and a server of it is reached through a port of the host', async () => {
    const { disk } = await tinyGuest()
    const { id } = await make<{ id: number }>('/images/', { name: 'tiny', path: disk, format: 'qcow2' })
    await lendKernel(stateDir)
    const plan = { vcpus: 1, memory: 256, storage: 1 }
    origin = await make('/servers/', { name: 'origin', image_id: id, plan, forwards: [{ guest_port: 80 }] })
    await reaches(origin)
  })

  await t.test('a snapshot under load, restored, holds all that had been acknowledged, and no more', async () => {
    const beats = await Beats.start(await booted(origin.id))
    const acknowledged = beats.lastWrite
    snapshotId = (await api.snapshot(origin.id, 'under-load', '?consistency=filesystem')).id
    const upTo = beats.lastWrite + 1
    await beats.more(20)
    const { receipt } = await api.get<{ receipt: { achieved: string } }>(`/snapshots/${snapshotId}/`)
    assert.equal(receipt.achieved, 'filesystem')
    await api.perform(`/snapshots/${snapshotId}/restore/`)
    restored = await lastWrite(await booted(origin.id))
    assert.ok(restored >= acknowledged, `${restored} of ${acknowledged} acknowledged before`)
    assert.ok(restored <= upTo, `${restored} are too many: ${upTo} when it was taken`)
    await reaches(origin)
  })

  await t.test('a clone beside its running origin begins with the same and is somebody else', async () => {
    const beats = await Beats.start(shells.get(origin.id) as SerialShell)
    clone = await make(`/servers/${origin.id}/clone/`, { snapshot_id: snapshotId, name: 'clone' })
    const shell = await booted(clone.id)
    await reaches(clone)
    assert.equal(await lastWrite(shell), restored)
    assert.notEqual(clone.network.mac, origin.network.mac)
    await beats.more(20)
    beats.assertContinuous()
    await reaches(origin)
  })

  await t.test('the clone writes on while the snapshot and its origin are deleted, and loses nothing', async () => {
    const shell = shells.get(clone.id) as SerialShell
    const beats = await Beats.start(shell)
    await api.remove(snapshotId)
    await beats.more(20)
    const { status } = await api.call('DELETE', `/servers/${origin.id}/`)
    assert.equal(status, 204)
    const layers = await api.collected(clone.id)
    assert.deepEqual(layers.map(layer => layer.kind).sort(), ['active', 'image'])
    await beats.more(20)
    await beats.stop()
    beats.assertContinuous()
    const last = await lastWrite(shell, restored)
    assert.ok(last >= beats.lastWrite, `${last} of ${beats.lastWrite} acknowledged`)
    await reaches(clone)
    await api.perform(`/servers/${clone.id}/stop/`)
    for (const layer of layers) await checkImage(layer.path)
  })
})
