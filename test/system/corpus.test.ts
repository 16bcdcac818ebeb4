/** Bad input to the real service: a 4xx of the contract for all of it, no effect, and a log that tells no secret. */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { runCorpus } from '../corpus/run.ts'
import { needs } from '../support/needs.ts'
import { Rig } from './support/rig.ts'

// Thousands of requests, one after the other.
const timeout = 240_000

test('bad input', { skip: needs('qemu-system-x86_64', 'qemu-img'), timeout }, async t => {
  let rig: Rig
  before(async () => {
    rig = await Rig.start()
    // The first start prints the token, on purpose and once. What is examined here is the log of a second one.
    await rig.restart('stop', { RESTPOINT_RATE_LIMIT: '0', RESTPOINT_LOG_LEVEL: 'debug' })
  })
  after(() => rig?.end())

  await t.test('is refused without surprises', { timeout }, async t => {
    const { id } = await rig.api.snapshot(1, 'target')
    const { url, token } = rig.service
    const { inputs, surprises } = await runCorpus({ url, token, serverId: 1, snapshotId: id, imageId: 1 })
    t.diagnostic(`${inputs} inputs`)
    assert.deepEqual(surprises, [])
    assert.ok(inputs >= 300, `${inputs} inputs`)
  })

  await t.test('leaves the server at work', async () => {
    assert.equal((await rig.shell.run('echo alive')).trim(), 'alive')
    assert.equal((await rig.api.snapshot(1, 'afterwards')).status, 'completed')
  })

  await t.test('leaves no token and no stack trace in the log', () => {
    const log = rig.service.output()
    assert.match(log, /"route":"\/api\/v1\/snapshots\/"/, 'requests are logged')
    assert.doesNotMatch(log, /rp_[A-Za-z0-9_-]{43}/)
    assert.doesNotMatch(log, /^\s+at |\\n\s+at /m)
    assert.doesNotMatch(log, /"level":(50|60)/)
  })
})
