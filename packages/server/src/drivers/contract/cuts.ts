/** A cut switches every disk at one instant, once, and what lies below it never changes. */
import assert from 'node:assert/strict'
import { Failure } from '../../errors.ts'
import type { CutDisk } from '../driver.ts'
import type { ContractHarness } from './harness.ts'
import { newLayer, TestServer } from './test-server.ts'

export const cutCases = {
  'a cut seals what was written; later writes do not touch it': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    await server.write(2, 0x44)
    const before = Date.now()
    const report = await server.cut('crash')
    assert.ok(report.cutAt >= before && report.cutAt <= Date.now())
    assert.ok(report.pauseMs !== null && report.pauseMs >= 0)
    const { achieved, reason, freezeMs, running } = report
    assert.deepEqual(
      { achieved, reason, freezeMs, running },
      { achieved: 'crash', reason: 'not_asked', freezeMs: null, running: true },
    )
    await server.write(2, 0x55)
    await server.write(3, 0x66)
    await server.verifyRunning()
    await server.verifySealed()
    await server.verifyThroughRestart()
  },

  'a stopped server is cut without a machine': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness, 2)
    await server.write(2, 0x44)
    await harness.driver.halt(server.id)
    const { achieved, reason, freezeMs, pauseMs, running } = await server.cut('auto')
    assert.deepEqual(
      { achieved, reason, freezeMs, pauseMs, running },
      { achieved: 'crash', reason: 'not_running', freezeMs: null, pauseMs: null, running: false },
    )
    await assert.rejects(server.cut('filesystem'), { code: 'consistency_unavailable' })
    await server.verifyStopped()
    await server.start()
    await server.write(2, 0x55)
    await server.verifyThroughRestart()
  },

  'the second call of a cut cuts nothing': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    await server.write(2, 0x44)
    const cuts = await server.prepare()
    await harness.driver.attach(server.id, cuts)
    await harness.driver.cut(server.id, cuts, 'crash')
    server.noteCut(cuts)
    await server.write(2, 0x55)
    const again = await harness.driver.cut(server.id, cuts, 'auto')
    assert.deepEqual(
      { achieved: again.achieved, reason: again.reason, running: again.running },
      { achieved: 'crash', reason: 'service_restarted', running: true },
    )
    await server.verifyThroughRestart()
  },

  'the second call of a cut is known for one after the driver was replaced': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const cuts = await server.prepare()
    await harness.driver.attach(server.id, cuts)
    await harness.driver.cut(server.id, cuts, 'crash')
    server.noteCut(cuts)
    await harness.driver.close()
    await harness.reopen()
    await harness.driver.adopt([server.id])
    assert.equal((await harness.driver.cut(server.id, cuts, 'filesystem')).achieved, 'crash')
    await server.verifyThroughRestart()
  },

  'a cut attaches what is not attached': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const cuts = await server.prepare()
    await harness.driver.cut(server.id, cuts, 'crash')
    server.noteCut(cuts)
    await server.verifyThroughRestart()
  },

  'attach and detach may be repeated and change no chain': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const cuts = await server.prepare()
    await harness.driver.attach(server.id, cuts)
    await harness.driver.attach(server.id, cuts)
    await server.verifyRunning()
    await harness.driver.detach(server.id, cuts)
    await harness.driver.detach(server.id, cuts)
    await server.verifyRunning()
    await harness.driver.attach(server.id, cuts)
    await harness.driver.cut(server.id, cuts, 'crash')
    server.noteCut(cuts)
    await server.verifyThroughRestart()
  },

  'attach and detach of a stopped server do nothing': async (harness: ContractHarness) => {
    const server = await TestServer.make(harness)
    const cuts = await server.prepare()
    await harness.driver.attach(server.id, cuts)
    await harness.driver.detach(server.id, cuts)
    await server.start()
    await server.verifyRunning()
  },

  'filesystem consistency out of reach: refused, and nothing changed': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const cuts = await server.prepare()
    await harness.driver.attach(server.id, cuts)
    await assert.rejects(
      harness.driver.cut(server.id, cuts, 'filesystem'),
      error => error instanceof Failure && error.code === 'consistency_unavailable',
    )
    await server.write(2, 0x44)
    await server.verifyRunning()
    await harness.driver.cut(server.id, cuts, 'crash')
    server.noteCut(cuts)
    await server.verifyThroughRestart()
  },

  'auto without an agent: crash consistency, and why': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    const { achieved, reason, freezeMs } = await server.cut('auto')
    assert.deepEqual({ achieved, freezeMs }, { achieved: 'crash', freezeMs: null })
    assert.ok(reason === 'agent_absent' || reason === 'agent_timeout', String(reason))
    await server.verifyRunning()
  },

  'all disks are cut at one instant': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness, 2)
    const cuts = await server.prepare()
    await harness.driver.attach(server.id, cuts)
    const writer = new AbortController()
    // The first disk is always written first: at any one instant it is ahead by one write or by none.
    const writing = (async () => {
      for (let value = 1; value < 250 && !writer.signal.aborted; value++) {
        await harness.write(server.id, 0, 2, value)
        await harness.write(server.id, 1, 2, value)
      }
    })()
    await harness.driver.cut(server.id, cuts, 'crash')
    writer.abort()
    await writing
    const [first, second] = await Promise.all(cuts.map(({ from }) => harness.contents(from)))
    const ahead = (first?.get(2) ?? 0) - (second?.get(2) ?? 0)
    assert.ok(ahead === 0 || ahead === 1, `the first disk is ahead by ${ahead} writes`)
  },

  'a cut that cannot switch every disk switches none': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness, 2)
    const [first, second] = await server.prepare()
    assert.ok(first && second)
    const impossible: CutDisk[] = [first, { ...second, to: newLayer(harness) }]
    await assert.rejects(harness.driver.cut(server.id, impossible, 'crash'))
    await server.verifyRunning()
    await harness.driver.detach(server.id, [first])
    await server.verifyThroughRestart()
  },

  'a machine killed before the cut: the headers alone make it': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    await server.write(2, 0x44)
    const cuts = await server.prepare()
    await harness.driver.attach(server.id, cuts)
    await harness.kill(server.id)
    assert.equal((await harness.driver.cut(server.id, cuts, 'crash')).running, false)
    server.noteCut(cuts)
    await server.verifyStopped()
  },

  'a machine killed right after the cut has lost nothing': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness, 2)
    await server.writeUnsynced(2, 0x44)
    await server.writeUnsynced(3, 0x45, 1)
    await server.cut()
    await harness.kill(server.id)
    await server.verifyStopped()
  },

  'many cuts: the machine and the headers tell the same chain': async (harness: ContractHarness) => {
    const server = await TestServer.running(harness)
    for (let value = 1; value <= 6; value++) {
      await server.write(value, value)
      await server.cut()
    }
    await server.verifyThroughRestart()
  },
}
