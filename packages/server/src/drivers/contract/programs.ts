/** Programs in guests, as far as machines whose guests run no agent can tell. */
import assert from 'node:assert/strict'
import type { ContractHarness } from './harness.ts'
import { TestServer } from './test-server.ts'

const program = { path: '/bin/true', arguments: [] }

export const programCases = {
  'without a machine or an agent no program is started, and that is certain': async (harness: ContractHarness) => {
    const server = await TestServer.make(harness)
    await assert.rejects(harness.driver.startProgram(server.id, program), { code: 'agent_unavailable' })
    await server.start()
    await assert.rejects(harness.driver.startProgram(server.id, program), { code: 'agent_unavailable' })
    await server.verifyRunning()
  },

  'of a program in a machine that is gone, or is another one since, nobody can say how it ended': async (
    harness: ContractHarness,
  ) => {
    const server = await TestServer.running(harness)
    const process = { pid: 1, machine: 'an earlier one' }
    await assert.rejects(harness.driver.programEnd(server.id, process), { code: 'outcome_unknown' })
    await harness.driver.killProgram(server.id, process)
    await server.verifyRunning()
    await harness.driver.halt(server.id)
    await assert.rejects(harness.driver.programEnd(server.id, process), { code: 'outcome_unknown' })
    await harness.driver.killProgram(server.id, process)
  },
}
