/** The conformance suite, as anybody would run it against a server of theirs, finds nothing amiss with ours. */
import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { needs } from '../support/needs.ts'
import { assertTidy } from './support/chains.ts'
import { operations } from './support/merges.ts'
import { Rig } from './support/rig.ts'
import { until } from './support/until.ts'

const main = resolve(import.meta.dirname, '../conformance/main.ts')

interface Report {
  readonly passed: number
  readonly failed: number
  readonly results: { outcome: string; id: string; expected?: string; actual?: string; reason?: string }[]
}

test('the service conforms', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  let rig: Rig
  before(async () => {
    rig = await Rig.start()
  })
  after(() => rig?.end())

  await t.test('to every check of the suite', async t => {
    const child = spawn(process.execPath, [main, '--json', '--url', rig.service.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, CONFORMANCE_TOKEN: rig.service.token },
    })
    const [said, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'close')])
    const report = JSON.parse(said) as Report
    const failures = report.results.filter(result => result.outcome === 'failed')
    assert.deepEqual(failures, [])
    assert.equal(exitCode, 0)
    assert.ok(report.passed > 50, `${report.passed} checks`)
    for (const { outcome, id, reason } of report.results) if (outcome === 'skipped') t.diagnostic(`${id}: ${reason}`)
    t.diagnostic(`${report.passed} checks passed`)
  })

  await t.test('and is tidy afterwards', async () => {
    // Not all garbage can go: what two undo points stand on stays as long as they do.
    const unended = /queued|running|waiting/
    await until('every operation to end', async () => (await operations(rig.api)).every(o => !unended.test(o.status)))
    await assertTidy(rig.api, rig.stateDir, 1, (await rig.server()).status === 'active')
  })
})
