/** The doctor beside a real service with real guests: at work, hanging and killed; and what it repairs. */
import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import { access, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Agent } from '@restpoint/qmp/agent'
import SQLite from 'better-sqlite3'
import { examine } from '../../packages/server/src/doctor/examine.ts'
import { connectedSockets } from '../../packages/server/src/doctor/processes.ts'
import { cloneOf } from './support/clones.ts'
import { assertWrites } from './support/guest-agent.ts'
import { machinesOf } from './support/machines.ts'
import { copying, hurry } from './support/merges.ts'
import { Rig } from './support/rig.ts'
import { until } from './support/until.ts'

const entry = resolve(import.meta.dirname, '../../packages/server/src/doctor.ts')

test('a host at work, its QEMU stopped, its service killed, its guest left frozen', async t => {
  const rig = await Rig.start({ RESTPOINT_MERGE_MB_PER_SECOND: '1' })
  t.after(() => rig.end())
  const { api, stateDir, shell } = rig
  await rig.agent()

  await atWork(t)
  await stopped(t)
  await frozen(t)
  await left(t)
  await takenUp(t)

  /** Takes two snapshots and deletes the first: what it holds has to be merged, for some ten seconds. */
  async function dropNoisy(name: string, next: string) {
    await shell.run('dd if=/dev/urandom of=/data/noise bs=1M count=12 2>/dev/null && sync')
    const { id } = await api.snapshot(1, name)
    await api.snapshot(1, next)
    await api.remove(id)
  }

  async function atWork(t: TestContext) {
    await t.test('snapshots, a clone that runs and a merge that copies: all is well', async () => {
      const first = await api.snapshot(1, 'first')
      await cloneOf(rig, first.id)
      await dropNoisy('second', 'third')
      await copying(stateDir, 1)
      assert.deepEqual(await examine(stateDir), [])
      assert.deepEqual(await examine(stateDir, { deep: true }), [])
      const { code, said } = await doctor(stateDir)
      assert.deepEqual([code, said.split(':')[0]], [0, `All is well with ${stateDir}`])
    })
  }

  async function stopped(t: TestContext) {
    await t.test('a QEMU that does not answer is named, and nothing else', async () => {
      const machine = (await machinesOf(stateDir)).find(({ name }) => name === 'restpoint-2')
      assert.ok(machine)
      process.kill(machine.pid, 'SIGSTOP')
      const found = await examine(stateDir, { pausesMs: [100] })
      process.kill(machine.pid, 'SIGCONT')
      assert.deepEqual(
        found.map(({ invariant, subject, level }) => [invariant, subject, level]),
        [['I3', 'the QEMU restpoint-2', 'unknown']],
      )
    })
    await t.test('beside a service nothing is repaired that could be in use', async () => {
      await writeFile(draft(stateDir), '')
      const { code, said } = await doctor(stateDir, '--repair')
      assert.equal(code, 1, said)
      assert.match(said, /I24 .*1\.qcow2\.new/)
      assert.match(said, /left alone, because a service has the state folder/)
      await access(draft(stateDir))
    })
  }

  async function frozen(t: TestContext) {
    await t.test('a guest that was left frozen is found and thawed', async () => {
      // So that one is under way when the service dies.
      await hurry(api, stateDir, 1)
      await dropNoisy('fourth', 'fifth')
      await copying(stateDir, 1)
      await rig.service.kill()
      const socket = join(stateDir, 'guests/machines/1/agent.sock')
      await until('the keeper has let go', () => !connectedSockets().has(socket))
      const agent = await Agent.connect(socket)
      assert.notEqual(await agent.execute('guest-fsfreeze-freeze'), 0)
      agent.close()
      await until('we have let go', () => !connectedSockets().has(socket))
      const found = await examine(stateDir, { only: ['I21'] })
      assert.deepEqual(
        found.map(({ subject }) => subject),
        ['server 1'],
      )
      const { said } = await doctor(stateDir, '--repair')
      assert.match(said, /The guest of server 1 was thawed\./)
      await assertWrites(shell)
    })
  }

  async function left(t: TestContext) {
    await t.test('without a service: the draft is in the trash, and a zombie is given up', async () => {
      await assert.rejects(access(draft(stateDir)))
      await access(join(stateDir, 'guests/trash/1.qcow2.new'))
      assert.deepEqual(await examine(stateDir), [])
      const sqlite = new SQLite(join(stateDir, 'restpoint.db'))
      sqlite.prepare("update operations set lease_until = 1000 where status = 'running'").run()
      const { code, said } = await doctor(stateDir, '--json')
      const { findings } = JSON.parse(said) as { findings: { invariant: string; text: string }[] }
      assert.deepEqual([code, findings.map(({ invariant }) => invariant)], [1, ['I10']])
      const repaired = await doctor(stateDir, '--repair')
      assert.equal(repaired.code, 0, repaired.said)
      assert.match(repaired.said, /Operation \d+ is nobody's now/)
      const held = sqlite.prepare("select count(*) from operations where status = 'running' and lease_until > 0")
      assert.equal(held.pluck().get(), 0)
      sqlite.close()
    })
  }

  async function takenUp(t: TestContext) {
    await t.test('the next service takes it up, and all is well', async () => {
      await rig.restart('kill')
      await hurry(rig.api, stateDir, 1)
      assert.deepEqual(await examine(stateDir), [])
    })
  }
})

/** Of the image's layer, which nobody makes again. */
function draft(stateDir: string): string {
  return join(stateDir, 'guests/layers/1.qcow2.new')
}

/** `npm run doctor` without npm. */
function doctor(stateDir: string, ...args: string[]): Promise<{ code: number; said: string }> {
  const env = { PATH: process.env['PATH'], RESTPOINT_STATE_DIR: stateDir, RESTPOINT_RESERVE_MB: '64' }
  return new Promise(done => {
    const child = execFile(process.execPath, [entry, ...args], { env, timeout: 60_000 }, (_, stdout, stderr) =>
      done({ code: child.exitCode ?? -1, said: stdout + stderr }),
    )
  })
}
