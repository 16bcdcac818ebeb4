/** Machines start, end, are told about, and outlive the driver. */
import assert from 'node:assert/strict'
import type { MachineEvent } from '../driver.ts'
import type { ContractHarness } from './harness.ts'
import { TestServer } from './test-server.ts'

export const machineCases = {
  'the driver names itself': async ({ driver }: ContractHarness) => {
    assert.notEqual(await driver.version(), '')
  },

  'a machine that is not there is absent, and ending it succeeds': async (harness: ContractHarness) => {
    const server = await TestServer.make(harness)
    await harness.driver.adopt([server.id])
    const state = await harness.driver.inspect(server.id)
    assert.deepEqual(
      { state: state.state, chains: state.chains.size, agent: state.agentConnected },
      { state: 'absent', chains: 0, agent: false },
    )
    await harness.driver.stop(server.id, 10)
    await harness.driver.halt(server.id)
    await server.verifyStopped()
  },

  'a started machine runs on exactly its chains': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness, 2)
    await server.verifyRunning()
    assert.equal((await harness.driver.inspect(server.id)).agentConnected, false)
  },

  'starting what runs leaves it as it is': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const asItWas = server.machine
    await server.cut()
    await server.write(2, 0x44)
    await harness.driver.start(asItWas)
    await server.verifyRunning()
  },

  'start after a change of the chain uses the new chain': async (harness: ContractHarness) => {
    const server = await TestServer.make(harness)
    await server.cut()
    await server.start()
    await server.write(2, 0x45)
    await server.verifyThroughRestart()
  },

  'halt keeps what was written, also the second time': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness, 2)
    await server.writeUnsynced(2, 0x44)
    await server.writeUnsynced(3, 0x45, 1)
    await harness.driver.halt(server.id)
    await server.verifyStopped()
    await harness.driver.halt(server.id)
    await server.verifyStopped()
    await server.start()
    await server.verifyRunning()
  },

  'stop ends a guest that does not listen, and keeps what was written': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    await server.writeUnsynced(2, 0x44)
    await harness.driver.stop(server.id, 50)
    await server.verifyStopped()
    await harness.driver.stop(server.id, 50)
    await server.verifyStopped()
  },

  'a killed machine is absent, and what its guest had synced is there': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    await server.write(2, 0x44)
    await harness.kill(server.id)
    await server.verifyStopped()
    await server.start()
    await server.verifyRunning()
  },

  'a reboot keeps the process, its chains and its disks': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    await server.write(2, 0x44)
    await harness.driver.reboot(server.id)
    await server.verifyRunning()
  },

  'resuming what runs does no harm': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    await harness.driver.resume(server.id)
    await server.verifyRunning()
  },

  'whoever listens hears that a machine died, and then finds it absent': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const heard = new Promise<MachineEvent>(resolve => harness.driver.onEvent(resolve))
    const unheard: MachineEvent[] = []
    harness.driver.onEvent(event => unheard.push(event))()
    await harness.kill(server.id)
    assert.deepEqual(await heard, { serverId: server.id, kind: 'changed' })
    const state = await harness.driver.inspect(server.id)
    assert.equal(state.state, 'absent')
    assert.notEqual(state.reason, null)
    assert.deepEqual(unheard, [])
  },

  'whoever listens hears that a machine has started, and then finds it running': async (harness: ContractHarness) => {
    const server = await TestServer.make(harness)
    const heard: MachineEvent[] = []
    harness.driver.onEvent(event => heard.push(event))
    await server.start()
    assert.deepEqual(heard[0], { serverId: server.id, kind: 'changed' })
    await server.verifyRunning()
  },

  'machines outlive the driver, and the next one adopts them, also twice': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const other = await TestServer.make(harness)
    await server.write(2, 0x44)
    await server.cut()
    await harness.driver.close()
    await harness.reopen()
    await harness.driver.adopt([server.id, other.id])
    await harness.driver.adopt([server.id, other.id])
    await server.verifyRunning()
    await server.start()
    await server.write(3, 0x45)
    await server.cut()
    await server.verifyThroughRestart()
  },

  'machines do not disturb each other': async (harness: ContractHarness) => {
    const one = await TestServer.running(harness)
    const two = await TestServer.running(harness)
    await one.write(2, 0x44)
    await two.write(2, 0x55)
    await one.cut()
    await harness.kill(one.id)
    await one.verifyStopped()
    await two.verifyRunning()
  },
}
