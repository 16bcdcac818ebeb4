/** A server of two disks and its clone, on real QEMU: what they share, what not, and that one outlives the other. */
import { strict as assert } from 'node:assert'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { needs } from '../support/needs.ts'
import type { LayerView } from './support/api.ts'
import { checkImage, contentHash } from './support/content.ts'
import { machinesOf } from './support/machines.ts'
import { Rig } from './support/rig.ts'
import { SerialShell } from './support/serial.ts'
import { until } from './support/until.ts'

interface Server {
  readonly id: number
  readonly status: string
  readonly ip_address: string | null
  readonly uuid: string
  readonly disks: readonly { readonly slot: number; readonly size_gb: number }[]
  readonly network: {
    readonly mac: string
    readonly quarantine: boolean
    readonly forwards: readonly { readonly host_port: number; readonly guest_port: number }[]
  }
}

test('servers made and cloned', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  let rig: Rig
  let origin: Server
  let clone: Server
  let snapshotId: number
  /** The layer of the second disk that the snapshot names. */
  let sealed: { path: string; hash: string }
  const shells: SerialShell[] = []
  before(async () => {
    rig = await Rig.start()
  })
  after(async () => {
    for (const shell of shells) shell.close()
    await rig?.end()
  })

  const make = async (path: string, body: object): Promise<Server> => {
    const reply = await rig.api.call<Server>('POST', path, body, { prefer: 'wait=60' })
    assert.deepEqual([reply.status, reply.body.status], [201, 'active'], JSON.stringify(reply.body))
    return reply.body
  }
  const shellOf = async (id: number) => {
    const shell = await SerialShell.open(rig.stateDir, id)
    shells.push(shell)
    return shell
  }
  const show = (id: number) => rig.api.get<Server>(`/servers/${id}/`)
  const mark = (shell: SerialShell, word: string) =>
    shell.run(`echo ${word} > /data/mark; printf '%-512s' ${word} | dd of=/dev/vdb seek=4096 2>/dev/null; sync`)
  const marks = async (shell: SerialShell) => {
    const said = await shell.run(
      'echo 3 > /proc/sys/vm/drop_caches; cat /data/mark; dd if=/dev/vdb skip=4096 count=1 2>/dev/null',
    )
    return said.trim().split(/\s+/)
  }
  /** Null where nobody answers. */
  const ask = async ({ network }: Server): Promise<string | null> => {
    const url = `http://127.0.0.1:${network.forwards[0]?.host_port}/`
    const reply = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => null)
    return (await reply?.text().catch(() => null))?.trim() ?? null
  }

  await t.test('two disks, cut at once: the snapshot holds both', async () => {
    const plan = { vcpus: 1, memory: 256, storage: 1 }
    const forwards = [{ guest_port: 80 }]
    origin = await make('/servers/', { name: 'origin', image_id: 1, plan, disks: [{ size_gb: 1 }], forwards })
    assert.deepEqual(
      origin.disks.map(disk => disk.size_gb),
      [1, 1],
    )
    const shell = await shellOf(origin.id)
    assert.equal((await shell.run('cat /sys/block/vdb/size')).trim(), String(1024 ** 3 / 512))
    await mark(shell, 'before')
    snapshotId = (await rig.api.snapshot(origin.id, 'both', '?consistency=crash')).id
    await mark(shell, 'after')
    const layers = await rig.api.layers(origin.id)
    const named = layers.filter(layer => layer.snapshots.some(({ id }) => id === snapshotId))
    const [, second] = named as [LayerView, LayerView]
    sealed = { path: second.path, hash: await contentHash(second.path) }
  })

  await t.test('a clone in quarantine is somebody else, whom nobody reaches', async () => {
    const body = { name: 'Clone_1', snapshot_id: snapshotId, quarantine: true }
    clone = await make(`/servers/${origin.id}/clone/`, body)
    assert.notEqual(clone.uuid, origin.uuid)
    assert.notEqual(clone.network.mac, origin.network.mac)
    assert.deepEqual(
      [clone.network.quarantine, clone.network.forwards.map(forward => forward.guest_port), clone.disks],
      [true, [80], origin.disks],
    )
    assert.notEqual(clone.network.forwards[0]?.host_port, origin.network.forwards[0]?.host_port)
    const shell = await shellOf(clone.id)
    assert.deepEqual(await marks(shell), ['before', 'before'])
    const said = await shell.run('hostname; cat /sys/class/net/eth0/address /sys/class/net/eth0/carrier')
    assert.deepEqual(said.trim().split('\n'), ['clone-1', clone.network.mac, '0'])
    assert.equal(await ask(clone), null)
    await until('the origin answers', async () => (await ask(origin)) === `origin ${origin.network.mac}`)
  })

  await t.test('plugged in it gets an address and is reached', async () => {
    const path = `/servers/${clone.id}/`
    const { status } = await rig.api.call('PATCH', path, { quarantine: false })
    assert.equal(status, 200)
    await until('the clone answers', async () => (await ask(clone)) === `clone-1 ${clone.network.mac}`)
    await until('its address is told', async () => (await show(clone.id)).ip_address !== null)
    assert.match((await show(clone.id)).ip_address ?? '', /^10\.0\.2\./)
  })

  await t.test('the origin is deleted with its snapshots, and the clone loses nothing', async () => {
    const [, shell] = shells as [SerialShell, SerialShell]
    await mark(shell, 'clone')
    assert.equal(await contentHash(sealed.path), sealed.hash)
    const refused = await rig.api.call<{ code: string }>('DELETE', `/servers/${origin.id}/`)
    assert.equal(refused.body.code, 'server_has_snapshots')
    const deleted = await rig.api.call('DELETE', `/servers/${origin.id}/?with_snapshots=true`)
    assert.equal(deleted.status, 204)
    assert.equal((await rig.api.call('GET', `/servers/${origin.id}/`)).status, 404)
    await until('nothing is left of it', async () => {
      const machines = await readdir(join(rig.stateDir, 'guests/machines'))
      return !machines.includes(String(origin.id))
    })
    assert.deepEqual(
      (await machinesOf(rig.stateDir)).filter(machine => machine.name === `restpoint-${origin.id}`),
      [],
    )
    assert.equal(await isOpen(origin.network.forwards[0]?.host_port as number), false)

    const layers = await rig.api.collected(clone.id)
    assert.deepEqual(layers.map(layer => layer.kind).sort(), ['active', 'active', 'image'])
    await assertNoOthers([layers, await rig.api.layers(1)])
    assert.deepEqual(await marks(shell), ['clone', 'clone'])
    await rig.api.perform(`/servers/${clone.id}/stop/`)
    assert.equal((await show(clone.id)).ip_address, null)
    for (const { path } of layers) await checkImage(path)
    await rig.api.perform(`/servers/${clone.id}/start/`)
    assert.deepEqual(await marks(await shellOf(clone.id)), ['clone', 'clone'])
  })

  /** No file that none of these lists names. */
  async function assertNoOthers(lists: readonly (readonly LayerView[])[]): Promise<void> {
    const named = new Set(lists.flat().map(layer => basename(layer.path)))
    await until('the files of the layers that there are', async () => {
      const files = await readdir(join(rig.stateDir, 'guests/layers'))
      return files.length === named.size && files.every(file => named.has(file))
    })
  }
})

function isOpen(port: number): Promise<boolean> {
  return new Promise(done => {
    const socket = connect(port, '127.0.0.1')
    const end = (answer: boolean) => {
      socket.destroy()
      done(answer)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}
