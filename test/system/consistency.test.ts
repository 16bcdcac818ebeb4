/** A receipt claims what was proven and says why where it is less, whatever happens to the agent or to the service. */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { needs } from '../support/needs.ts'
import type { Snapshot } from './support/api.ts'
import { assertTidy } from './support/chains.ts'
import { assertWrites, bringAgentBack, hangAgent, removeAgent, wakeAgent } from './support/guest-agent.ts'
import { Rig } from './support/rig.ts'
import { until } from './support/until.ts'

const faulty = resolve(import.meta.dirname, 'support/faulty-service.ts')

test('what a snapshot claims', { skip: needs('qemu-system-x86_64', 'qemu-img') }, async t => {
  let rig: Rig
  before(async () => {
    rig = await Rig.start()
  })
  after(() => rig?.end())

  interface Detail {
    readonly status: string
    readonly receipt: { readonly achieved: string; readonly reason: string | null } | null
    readonly error: { readonly code: string } | null
  }
  /** Takes one, deletes it again; what it said of itself. */
  const claim = async (query = '') => {
    const { id } = await rig.api.snapshot(1, 'claim', query)
    return claimOf(id)
  }
  const claimOf = async (id: number) => {
    const path = `/snapshots/${id}/`
    await until('its end', async () => (await rig.api.get<Detail>(path)).status !== 'in_progress')
    const { receipt, error } = await rig.api.get<Detail>(path)
    await rig.api.remove(id)
    return error?.code ?? `${receipt?.achieved}, because ${receipt?.reason}`
  }
  const newest = async () => (await rig.api.get<{ results: Snapshot[] }>('/snapshots/')).results[0]?.id as number
  /** Sends a create and does not wait for an answer that may never come. */
  const send = () =>
    rig.api.call('POST', '/snapshots/', { server_id: 1, name: 'fault' }, { prefer: 'wait=30' }).catch(() => undefined)
  const withFault = async (fault: object) => {
    await rig.restart('stop', { FAULT: JSON.stringify(fault) }, faulty)
    await rig.agent()
  }
  const isStopped = async () => {
    const stat = await readFile(`/proc/${rig.service.process.pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2)[0] === 'T'
  }

  await t.test('with an agent: filesystem, unless crash is asked for', async () => {
    assert.equal(await claim(), 'filesystem, because null')
    assert.equal(await claim('?consistency=filesystem'), 'filesystem, because null')
    assert.equal(await claim('?consistency=crash'), 'crash, because not_asked')
  })

  await t.test('with an agent that hangs: crash; asked for filesystem, it fails', async () => {
    await hangAgent(rig.shell)
    assert.equal(await claim(), 'crash, because agent_timeout')
    assert.equal(await claim('?consistency=filesystem'), 'consistency_unavailable')
    await assertWrites(rig.shell)
    await wakeAgent(rig.shell)
    await assertWrites(rig.shell)
    assert.equal(await claim(), 'filesystem, because null')
  })

  await t.test('without an agent: crash; asked for filesystem, it fails', async () => {
    await removeAgent(rig.shell)
    await until('the agent to be gone', async () => !(await rig.server()).agent.connected)
    assert.equal(await claim(), 'crash, because agent_absent')
    assert.equal(await claim('?consistency=filesystem'), 'consistency_unavailable')
    await assertWrites(rig.shell)
    await bringAgentBack(rig.shell)
    await rig.agent()
    assert.equal(await claim(), 'filesystem, because null')
  })

  await t.test('service killed between the freeze and the cut: thawed, and cut anew by the next one', async () => {
    await withFault({ dieBefore: 'transaction' })
    await send()
    if (rig.service.process.signalCode === null) await once(rig.service.process, 'exit')
    await assertWrites(rig.shell)
    await rig.restart('kill')
    assert.equal(await claimOf(await newest()), 'filesystem, because null')
  })

  await t.test(
    'service killed between the cut and the thaw: thawed, and no more is claimed than is proven',
    async () => {
      await withFault({ dieAfter: 'transaction' })
      await send()
      if (rig.service.process.signalCode === null) await once(rig.service.process, 'exit')
      await assertWrites(rig.shell)
      await rig.restart('kill')
      assert.equal(await claimOf(await newest()), 'crash, because service_restarted')
    },
  )

  await t.test('service that hangs between the freeze and the cut: thawed without it, and that is seen', async () => {
    await withFault({ hangBefore: 'transaction' })
    const answer = send()
    await until('the service to hang', isStopped)
    await assertWrites(rig.shell)
    rig.service.process.kill('SIGCONT')
    await answer
    assert.equal(await claimOf(await newest()), 'crash, because thawed_early')
  })

  await t.test('thawed from inside between the freeze and the cut: seen', async () => {
    const answer = send()
    await until('the service to hang', isStopped)
    await rig.shell.run('fsfreeze --unfreeze /')
    rig.service.process.kill('SIGCONT')
    await answer
    assert.equal(await claimOf(await newest()), 'crash, because thawed_early')
  })

  await t.test('nothing of all this is left behind', async () => {
    await rig.restart('stop')
    await rig.api.collected(1)
    await assertTidy(rig.api, rig.stateDir, 1, true)
    assert.equal(await claim(), 'filesystem, because null')
  })
})
