/** What is around a machine: its host, which comes and goes, the network, the firmware. */
import assert from 'node:assert/strict'
import type { CutDisk, DiskChain, Layer, Machine, MachineEvent, MergeJob } from '../driver.ts'
import type { ContractHarness } from './harness.ts'
import { layerOn, newLayer, TestServer } from './test-server.ts'

const mac = '52:54:00:01:02:03'

async function userNetwork(harness: ContractHarness): Promise<{ hostPort: number; network: Machine['network'] }> {
  const hostPort = await harness.driver.findPort(null)
  const forwards = [{ hostPort, guestPort: 22 }]
  return { hostPort, network: { type: 'user', mac, forwards, isPlugged: true } }
}

export const surroundingsCases = {
  'machines that ran until the host went down are told, until somebody starts or ends them': async (
    harness: ContractHarness,
  ) => {
    const [running, other, halted, dead, never] = [
      await TestServer.running(harness),
      await TestServer.running(harness),
      await TestServer.running(harness),
      await TestServer.running(harness),
      await TestServer.make(harness),
    ]
    const ids = [running, other, halted, dead, never].map(server => server.id)
    await running.write(2, 0x44)
    await harness.driver.halt(halted.id)
    const heard = new Promise<MachineEvent>(resolve => harness.driver.onEvent(resolve))
    await harness.kill(dead.id)
    await heard

    await harness.rebootHost()
    const { driver } = harness
    assert.deepEqual((await driver.adopt(ids)).endedWithHost, [running.id, other.id])
    assert.deepEqual((await driver.adopt([other.id])).endedWithHost, [other.id])
    const { state, reason } = await driver.inspect(running.id)
    assert.equal(state, 'absent')
    assert.notEqual(reason, null)
    await running.verifyStopped()

    await running.start()
    await driver.stop(other.id, 10)
    await harness.reopen()
    assert.deepEqual((await harness.driver.adopt(ids)).endedWithHost, [])
    await running.verifyRunning()
  },

  'a machine that ended while the service was away did not end with the host': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    await harness.driver.close()
    await harness.kill(server.id)
    await harness.reopen()
    assert.deepEqual((await harness.driver.adopt([server.id])).endedWithHost, [])
    await harness.rebootHost()
    assert.deepEqual((await harness.driver.adopt([server.id])).endedWithHost, [])
  },

  'of a machine that is forgotten nothing is left but its layers': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    await server.write(2, 0x44)
    await assert.rejects(harness.driver.forget(server.id))
    await server.verifyRunning()
    await harness.rebootHost()
    await harness.driver.forget(server.id)
    await harness.driver.forget(server.id)
    assert.deepEqual((await harness.driver.adopt([server.id])).endedWithHost, [])
    await server.verifyStopped()
  },

  'only a guest whose agent answers is described': async (harness: ContractHarness) => {
    const server = await TestServer.make(harness)
    assert.equal(await harness.driver.describe(server.id), null)
    await server.start()
    assert.equal(await harness.driver.describe(server.id), null)
  },

  'the host has memory, and less of it free': async ({ driver }: ContractHarness) => {
    const { totalMb, freeMb } = await driver.memory()
    assert.ok(Number.isInteger(totalMb) && Number.isInteger(freeMb) && freeMb > 0 && totalMb >= freeMb)
  },

  'a port is free until a machine forwards it': async (harness: ContractHarness) => {
    const { hostPort, network } = await userNetwork(harness)
    assert.equal(await harness.driver.findPort(hostPort), hostPort)
    const [first, second] = [await TestServer.make(harness), await TestServer.make(harness)]
    await harness.driver.start({ ...first.machine, network })
    await assert.rejects(harness.driver.findPort(hostPort), { code: 'port_taken' })
    assert.notEqual(await harness.driver.findPort(null), hostPort)
    await assert.rejects(harness.driver.start({ ...second.machine, network }), { code: 'port_taken' })
    await second.verifyStopped()
    await harness.driver.halt(first.id)
    await harness.driver.start({ ...second.machine, network })
    await second.verifyRunning()
  },

  'a cable is plugged in and out as often as one likes, also where there is none': async (harness: ContractHarness) => {
    const { driver } = harness
    const { network } = await userNetwork(harness)
    const [without, server] = [await TestServer.running(harness), await TestServer.make(harness)]
    await driver.setPlugged(without.id, false)
    await without.verifyRunning()
    await driver.setPlugged(server.id, false)
    await driver.start({ ...server.machine, network })
    for (const isPlugged of [false, false, true, true]) await driver.setPlugged(server.id, isPlugged)
    await server.verifyRunning()
  },

  'a machine whose cable is unplugged runs': async (harness: ContractHarness) => {
    const { network } = await userNetwork(harness)
    const server = await TestServer.make(harness)
    const unplugged = { ...network, isPlugged: false } as Machine['network']
    await harness.driver.start({ ...server.machine, network: unplugged })
    await server.write(2, 0x44)
    await server.verifyRunning()
    await harness.driver.start({ ...server.machine, network: unplugged })
    await server.verifyRunning()
  },

  'what is no bridge of this host is refused': async (harness: ContractHarness) => {
    const names = [
      '',
      '.',
      '..',
      'lo',
      'no-such-bridge',
      'a/b',
      'x,id=y',
      '../../net/lo',
      'b'.repeat(16),
      'br\n0',
      '-h',
    ]
    const server = await TestServer.make(harness)
    for (const bridge of names) {
      await assert.rejects(harness.driver.checkBridge(bridge), { code: 'bridge_unavailable' }, bridge)
      const network = { type: 'bridge', bridge, mac, isPlugged: true } as const
      await assert.rejects(harness.driver.start({ ...server.machine, network }), { code: 'bridge_unavailable' })
    }
    await server.verifyStopped()
    await server.start()
    await server.verifyRunning()
  },

  'a machine with a disk for cloud-init has its own disks where they were': async (harness: ContractHarness) => {
    const server = await TestServer.make(harness, 2)
    const seed = { instanceId: 'i-1', hostname: 'one', sshKeys: ['ssh-ed25519 AAAA'], userData: null, isClone: true }
    const machine = () => ({ ...server.machine, seed })
    await harness.driver.start(machine())
    await server.write(2, 0x44, 1)
    await server.cut()
    await server.verifyRunning()
    await harness.driver.halt(server.id)
    await harness.driver.start(machine())
    await server.verifyRunning()
  },

  "UEFI's variables are in the chains, cut and merged with the disks": async (harness: ContractHarness) => {
    const { driver } = harness
    const flash = { diskId: harness.newId(), slot: 9, role: 'nvram' as const }
    const bottom = { ...newLayer(harness), sizeBytes: (await driver.nvramBytes()) as number }
    await driver.createNvram(bottom)
    const image = await harness.createImage(new Map([[7, 0x77]]))
    const disk = { diskId: harness.newId(), slot: 0, role: 'disk' as const }
    let disks: DiskChain[] = [
      { ...disk, layers: [await layerOn(harness, image), image] },
      { ...flash, layers: [bottom] },
    ]
    const machine = { ...harness.makeMachine(disks), firmware: 'uefi' as const }
    const { serverId } = machine
    const verify = async () => {
      const chains = new Map(disks.map(({ diskId, layers }) => [diskId, layers.map(layer => layer.id)]))
      assert.deepEqual((await driver.inspect(serverId)).chains, chains)
    }
    await driver.start(machine)
    await verify()
    for (let cut = 0; cut < 2; cut++) {
      const cuts: CutDisk[] = []
      for (const { diskId, layers } of disks) {
        const from = layers[0] as Layer
        const to = { ...newLayer(harness), sizeBytes: from.sizeBytes }
        await driver.createLayer(to, from)
        cuts.push({ diskId, from, to })
      }
      await driver.attach(serverId, cuts)
      await driver.cut(serverId, cuts, 'crash')
      disks = disks.map((one, at) => ({ ...one, layers: [(cuts[at] as CutDisk).to, ...one.layers] }))
      await verify()
    }
    const [child, garbage, base] = (disks[1] as DiskChain).layers as [Layer, Layer, Layer]
    const job: MergeJob = { id: harness.newId(), garbage, child, base, chain: [child, garbage, base] }
    await driver.copyMerge(job, () => {}, new AbortController().signal)
    await driver.flushMerge(job)
    assert.equal(await driver.pivotMerge(job), true)
    await driver.discardLayer(garbage)
    disks = [disks[0] as DiskChain, { ...flash, layers: [child, base] }]
    await verify()
    await driver.halt(serverId)
    assert.deepEqual(await driver.readChain([child, base]), [child.id, base.id])
    await driver.start({ ...machine, disks })
    await verify()
  },
}
