/** The end of the host: its servers are powered off in order, and run again when it is back. */
import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { needs } from '../support/needs.ts'
import { machinesOf } from './support/machines.ts'
import { Rig } from './support/rig.ts'
import { until } from './support/until.ts'

const skip = needs('qemu-system-x86_64', 'qemu-img')
const entry = resolve(import.meta.dirname, '../../packages/server/src/power-off.ts')

test('the end of the host', { skip }, async t => {
  let rig: Rig
  before(async () => {
    rig = await Rig.start()
  })
  after(() => rig?.end())

  function powerOff(): { code: number | null; said: string } {
    const env = { PATH: process.env['PATH'], RESTPOINT_STATE_DIR: rig.stateDir }
    const { status, stdout, stderr } = spawnSync(process.execPath, [entry], { encoding: 'utf8', env, timeout: 110_000 })
    return { code: status, said: stdout + stderr }
  }

  await t.test('is nobody’s business while the service runs', async () => {
    const { code, said } = powerOff()
    assert.equal(code, 1)
    assert.match(said, /Another Restpoint already runs on/)
    assert.equal((await machinesOf(rig.stateDir)).length, 1)
  })

  await t.test('has a guest write out what it holds', async () => {
    await rig.agent()
    // Not synced: only a guest that was asked to power off has it on disk.
    await rig.shell.run('echo unsynced > /data/file')
    await rig.service.stop()
    const { code, said } = powerOff()
    assert.deepEqual([code, said], [0, 'Server 1 is off.\n'])
    assert.deepEqual(await machinesOf(rig.stateDir), [])
    assert.deepEqual(powerOff(), { code: 0, said: '' })
  })

  await t.test('ends: on the next boot the server runs again', async () => {
    const record = join(rig.stateDir, 'guests/machines/1/process.json')
    const { bootId, ...process } = JSON.parse(await readFile(record, 'utf8')) as { bootId: string }
    await writeFile(
      record,
      JSON.stringify({ ...process, bootId: bootId.replace(/^./, first => (first === '0' ? '1' : '0')) }),
    )
    await rig.restart('stop')
    await until('it runs', async () => (await rig.server()).status === 'active')
    await rig.newShell()
    assert.equal((await rig.shell.run('cat /data/file')).trim(), 'unsynced')
  })
})
