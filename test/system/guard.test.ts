/** `restpoint guard` on a real server: what a command has done to its disk is there, or is gone. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { ended, openCli, program } from '../../packages/cli/test/support/cli.ts'
import { isGone } from '../../packages/cli/test/support/guarded.ts'
import { needs } from '../support/needs.ts'
import { Api } from './support/api.ts'
import { removeAgent } from './support/guest-agent.ts'
import { Rig } from './support/rig.ts'
import { until } from './support/until.ts'

const skip = needs('qemu-system-x86_64', 'qemu-img', 'script')

test('a guarded command, on a real server', { skip, timeout: 600_000 }, async t => {
  let rig: Rig
  let cli: ReturnType<typeof openCli>
  before(async () => {
    rig = await Rig.start()
    cli = openCli(t, rig.service)
    await rig.agent()
    await rig.shell.run('echo old > /data/file && sync')
  })
  after(() => rig?.end())

  const guard = (...args: string[]) => cli.run(['guard', '1', ...args])
  const content = async () => {
    await rig.newShell()
    return (await rig.shell.run('cat /data/file')).trim()
  }
  const inGuest = (line: string) => ['--in-guest', '--', '/bin/sh', '-c', line]
  const clean = async () => {
    for (const { id } of (await rig.api.get<{ results: { id: number }[] }>('/snapshots/')).results)
      await rig.api.remove(id)
  }

  await t.test('in the guest, successful: the new content stays', async () => {
    const { code, stdout, stderr } = await guard(
      '--on-success',
      'delete',
      ...inGuest('echo new > /data/file; sync; cat /data/file'),
    )
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^new\n/)
    assert.equal(await content(), 'new')
  })

  await t.test('in the guest, failing: the old content is back, and the server is up', async () => {
    const { code, stdout, stderr } = await guard(...inGuest('echo spoilt > /data/file; sync; echo why >&2; exit 7'))
    assert.equal(code, 8, stdout + stderr)
    assert.match(stderr, /^why$/m)
    assert.match(stdout, /exit code 7/)
    assert.equal((await rig.server()).agent.connected, true)
    assert.equal(await content(), 'new')
    await clean()
  })

  await t.test('a program that is not there: the agent says so, and nothing is put back', async () => {
    const { code, stdout } = await guard('--in-guest', '--', '/no/such')
    assert.equal(code, 8)
    assert.match(stdout, /Nothing was run[^]*No such file/)
    assert.equal((await rig.api.get<{ count: number }>('/snapshots/')).count, 0)
  })

  await t.test('a program that takes too long is ended in the guest', async () => {
    const { code, stdout } = await guard('--timeout', '2', '--in-guest', '--', '/bin/sleep', '4242')
    assert.equal(code, 8, stdout)
    assert.match(stdout, /took longer than 2 seconds and was ended/)
    await rig.newShell()
    await clean()
  })

  await t.test('here, and Ctrl-C at a real terminal: the command is ended, the old content back', async () => {
    await rig.agent()
    const pid = path.join(cli.folder, 'pid')
    const words = ['guard', '1', '--', 'sh', '-c', `echo $$ > ${pid}; exec sleep 1000`]
    const line = [process.execPath, program, ...words].map(word => `'${word}'`).join(' ')
    // No shell stays in between, which would hear the key as well: its end would be told instead.
    const terminal = spawn('script', ['--quiet', '--return', '--command', `exec ${line}`, '/dev/null'], {
      env: cli.environment(),
    })
    const ending = ended(terminal)
    await until('the command runs', () => existsSync(pid) && readFileSync(pid, 'utf8').endsWith('\n'))
    await rig.shell.run('echo spoilt > /data/file && sync')
    // The key itself: the terminal makes a signal of it.
    terminal.stdin.write('\x03')
    const { code, stdout } = await ending
    assert.equal(code, 8, stdout)
    assert.match(stdout, /interrupted \(Ctrl-C\)/)
    assert.ok(isGone(readFileSync(pid, 'utf8')))
    assert.equal(await content(), 'new')
    await clean()
  })

  await t.test('killed while it runs in the guest, and resumed: the old content is back', async () => {
    await rig.agent()
    const child = cli.start(['guard', '1', ...inGuest('echo spoilt > /data/file; sync; sleep 1000')])
    const ending = ended(child)
    await until('it has written', async () => (await rig.shell.run('cat /data/file')).trim() === 'spoilt')
    child.kill('SIGKILL')
    await ending
    // And the service, too, which is back where it was.
    const { url } = rig.service
    await rig.restart('kill', { RESTPOINT_LISTEN: new URL(url).host })
    rig.service = { ...rig.service, url }
    rig.api = new Api(rig.service)
    const resumed = await cli.run(['guard', '--resume'])
    assert.equal(resumed.code, 0, resumed.stderr)
    assert.equal(await content(), 'new')
    await clean()
  })

  await t.test('an agent that is gone: refused before anything is begun', async () => {
    await rig.newShell()
    await removeAgent(rig.shell)
    await until('the service sees it', async () => !(await rig.server()).agent.connected)
    const { code, stderr } = await guard(...inGuest('true'))
    assert.equal(code, 5, stderr)
    assert.match(stderr, /No guest agent answers/)
  })
})
