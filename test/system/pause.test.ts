/**
 * What a snapshot costs the guest, told by the guest: heartbeats from inside it while snapshots are taken. The gaps are
 * printed; what must hold is that no beat is lost and that the guest is not left frozen.
 */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { needs } from '../support/needs.ts'
import { Beats } from './support/beats.ts'
import { Rig } from './support/rig.ts'

interface Receipt {
  readonly achieved: string
  readonly reason: string | null
  readonly freeze_ms: number | null
  readonly pause_ms: number | null
  readonly running: boolean
}

test('what a snapshot costs the guest', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  let rig: Rig
  let beats: Beats
  before(async () => {
    rig = await Rig.start()
    beats = await Beats.start(rig.shell)
  })
  after(() => rig?.end())

  const take = async (name: string, query: string) => {
    const { id, status } = await rig.api.snapshot(1, name, query)
    assert.equal(status, 'completed')
    return (await rig.api.get<{ receipt: Receipt }>(`/snapshots/${id}/`)).receipt
  }
  const gaps = (from: number, to: number) =>
    `CPU ${beats.longestGap('c', from, to).toFixed(1)} ms, disk ${beats.longestGap('w', from, to).toFixed(1)} ms`
  const during = async (work: () => Promise<Receipt>) => {
    const from = performance.now()
    const receipt = await work()
    const to = performance.now()
    await beats.more(40)
    return { receipt, gaps: gaps(from, to) }
  }

  await t.test('nothing, while none is taken', async t => {
    const from = performance.now()
    await beats.more(200)
    t.diagnostic(`longest gap, idle: ${gaps(from, performance.now())}`)
  })

  for (const number of [1, 2]) {
    await t.test(`without a freeze (${number})`, async t => {
      const { receipt, gaps } = await during(() => take(`crash-${number}`, '?consistency=crash'))
      t.diagnostic(`longest gap, crash-consistent: ${gaps}; the receipt says ${receipt.pause_ms} ms of pause`)
      assert.deepEqual(
        { ...receipt, pause_ms: typeof receipt.pause_ms },
        { ...receipt, achieved: 'crash', reason: 'not_asked', freeze_ms: null, pause_ms: 'number', running: true },
      )
    })

    await t.test(`with its file systems frozen (${number})`, async t => {
      const { receipt, gaps } = await during(() => take(`frozen-${number}`, '?consistency=filesystem'))
      const { freeze_ms, pause_ms } = receipt
      t.diagnostic(`longest gap, frozen: ${gaps}; the receipt says ${freeze_ms} ms of freeze, ${pause_ms} ms of pause`)
      assert.deepEqual([receipt.achieved, receipt.reason, receipt.running], ['filesystem', null, true])
      assert.ok(typeof freeze_ms === 'number' && typeof pause_ms === 'number')
      assert.ok(freeze_ms >= pause_ms, 'the cut lies within the freeze')
    })
  }

  await t.test('no beat is lost, and what was reported as written is there', async () => {
    await beats.stop()
    beats.assertContinuous()
    // One line a beat, from the first to one that the guest may not have told any more.
    const written = Number(await rig.shell.run("awk '$1 != NR { exit 1 } END { print NR }' /data/beat"))
    assert.ok(written >= beats.lastWrite, `${written} ≥ ${beats.lastWrite}`)
  })

  await t.test('a stopped server has nothing to pause', async () => {
    await rig.api.perform('/servers/1/stop/')
    const receipt = await take('stopped', '')
    assert.deepEqual(
      [receipt.achieved, receipt.reason, receipt.freeze_ms, receipt.pause_ms, receipt.running],
      ['crash', 'not_running', null, null, false],
    )
  })
})
