/** QEMU as a user of its own: sandboxed, and kept from everything that is not its guests'. */
import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { needs } from '../support/needs.ts'
import { assertTidy } from './support/chains.ts'
import { machinesOf } from './support/machines.ts'
import { Rig } from './support/rig.ts'
import { TerminalShell } from './support/terminal.ts'
import { until } from './support/until.ts'

const execute = promisify(execFile)
const USER = `rp-test-${process.pid}`
const skip =
  needs('qemu-system-x86_64', 'qemu-img', 'useradd', 'userdel', 'setpriv') ||
  (process.getuid?.() === 0 ? false : 'only root can run QEMU as another user')

test('QEMU as a user of its own', { skip }, async t => {
  let rig: Rig
  let uid: number
  before(async () => {
    await execute('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', USER])
    uid = Number((await execute('id', ['-u', USER])).stdout)
    rig = await Rig.start({ RESTPOINT_QEMU_USER: USER })
  })
  after(async () => {
    await rig?.end()
    await execute('userdel', [USER])
  })

  const machine = async () => {
    const [found] = await machinesOf(rig.stateDir)
    assert.ok(found)
    return readFile(`/proc/${found.pid}/status`, 'utf8')
  }

  await t.test('it runs as that user, sandboxed, without a way to become another', async () => {
    const status = await machine()
    assert.deepEqual(/^Uid:\t(.*)$/m.exec(status)?.[1], [uid, uid, uid, uid].join('\t'))
    assert.match(status, /^Seccomp:\t2$/m)
    assert.match(status, /^CapEff:\t0+$/m)
    assert.match(status, /^NoNewPrivs:\t1$/m)
    // Groups of whoever started it would be a way in.
    assert.match(status, /^Groups:\t\d* ?$/m)
    assert.doesNotMatch(status, /^Groups:\t0 /m)
  })

  await t.test('that user reads its layers, and neither database nor token nor records', async () => {
    const read = (path: string) =>
      execute('setpriv', ['--reuid', USER, '--regid', USER, '--clear-groups', 'head', '-c', '1', path]).then(
        () => 'read',
        () => 'refused',
      )
    const [layer] = await rig.api.layers(1)
    assert.equal(await read(layer?.path as string), 'read')
    const records = ['records/servers/1.json', 'records/ids.json']
    await until('they are written', () => existsSync(join(rig.stateDir, 'records/servers/1.json')))
    for (const file of ['admin-token', 'restpoint.db', 'restpoint.db-wal', 'lock', ...records]) {
      assert.ok(existsSync(join(rig.stateDir, file)), file)
      assert.equal(await read(join(rig.stateDir, file)), 'refused', file)
    }
  })

  await t.test('snapshots, merges and restores work as ever', async () => {
    await rig.shell.run('echo one > /data/mark')
    const one = await rig.api.snapshot(1, 'one')
    assert.equal(one.status, 'completed')
    const { receipt } = await rig.api.get<{ receipt: { achieved: string } }>(`/snapshots/${one.id}/`)
    assert.equal(receipt.achieved, 'filesystem')
    await rig.shell.run('echo two > /data/mark')
    const two = await rig.api.snapshot(1, 'two')
    await rig.api.remove(two.id)
    await rig.api.collected(1)
    await assertTidy(rig.api, rig.stateDir, 1, true)
    await rig.api.perform(`/snapshots/${one.id}/restore/`)
    await rig.newShell()
    assert.equal((await rig.shell.run('cat /data/mark')).trim(), 'one')
    assert.match(await machine(), new RegExp(`^Uid:\\t${uid}\\t`, 'm'))
  })

  await t.test('also on the bench of a stopped server', async () => {
    await rig.api.perform('/servers/1/stop/')
    const three = await rig.api.snapshot(1, 'three')
    await rig.api.snapshot(1, 'four')
    await rig.api.remove(three.id)
    await rig.api.collected(1)
    await assertTidy(rig.api, rig.stateDir, 1, false)
  })

  await t.test("its console is the service's all the same", async () => {
    rig.shell.close()
    await rig.restart('stop', { RESTPOINT_QEMU_USER: USER, RESTPOINT_TERMINAL: 'on' })
    await rig.api.perform('/servers/1/start/')
    const shell = TerminalShell.open(rig.service, rig.serverId)
    try {
      await shell.ready()
      assert.equal((await shell.run('hostname')).trim(), 'web-server-01')
    } finally {
      shell.terminal.close()
    }
  })
})
