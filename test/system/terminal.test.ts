/** The terminal of a real guest, through the real service, which holds the console of every server. */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { needs } from '../support/needs.ts'
import { Api } from './support/api.ts'
import { killMachines } from './support/machines.ts'
import { newStateDir, type RunningService, removeState, startService } from './support/service.ts'
import { TerminalShell } from './support/terminal.ts'
import { until } from './support/until.ts'

const options = { skip: needs('qemu-system-x86_64', 'qemu-img'), timeout: 300_000 }
const SERVER = 1
const env = { RESTPOINT_TERMINAL: 'on' }

test('the terminal', options, async t => {
  let stateDir = ''
  let service: RunningService
  let api: Api
  let shell: TerminalShell
  const port = { RESTPOINT_LISTEN: '' }

  /** On the same address as before: whoever has a terminal open comes back there. */
  async function start(): Promise<void> {
    service = await startService({ stateDir, env: { ...env, ...(port.RESTPOINT_LISTEN ? port : {}) } })
    service = { ...service, url: port.RESTPOINT_LISTEN ? `http://${port.RESTPOINT_LISTEN}` : service.url }
    port.RESTPOINT_LISTEN = new URL(service.url).host
    api = new Api(service)
  }

  before(async () => {
    stateDir = await newStateDir()
    await start()
    shell = TerminalShell.open(service, SERVER)
    await shell.ready()
  })
  after(async () => {
    shell?.terminal.close()
    await service?.kill()
    await removeState(stateDir)
  })

  await t.test('shows what was said before the visit, from the boot on', async () => {
    assert.equal(shell.hasGap, false)
    assert.match(shell.text, /GUEST-READY/)
    const late = TerminalShell.open(service, SERVER)
    await until('the scrollback', () => late.text.length >= shell.text.length)
    assert.equal(late.text, shell.text)
    late.terminal.close()
    await late.terminal.closed
  })

  await t.test('types into the server, and shows what it answers', async () => {
    assert.equal((await shell.run('hostname')).trim(), 'web-server-01')
  })

  await t.test('stays open through a restore and an undo', async () => {
    await shell.run('echo kept > /data/file; sync')
    const snapshot = await api.snapshot(SERVER, 'with-file')
    assert.equal(snapshot.status, 'completed')
    await shell.run('rm /data/file; sync')
    shell.states.length = 0
    await api.perform(`/snapshots/${snapshot.id}/restore/`)
    await shell.ready()
    assert.equal(await shell.run('cat /data/file'), 'kept\n')
    assert.deepEqual(shell.states, ['stopped', 'running'], 'the connection was the same all the time')
    await api.perform(`/servers/${SERVER}/undo/`)
    await shell.ready()
    assert.equal(await shell.run('ls /data/file 2>/dev/null || echo gone'), 'gone\n')
  })

  await t.test('never keeps the guest waiting: not when nobody reads it', async () => {
    const { body } = await api.call<{ path: string }>('POST', `/servers/${SERVER}/terminal/`)
    const idle = new WebSocket(service.url.replace('http', 'ws') + body.path)
    await new Promise((resolve, reject) => idle.once('open', resolve).once('error', reject))
    idle.pause()
    const lines = 4000
    const said = await shell.run(
      `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); echo "line $i of the flood"; done`,
      120_000,
    )
    assert.equal(said.split('\n').filter(line => line.endsWith('of the flood')).length, lines)
    idle.terminate()
  })

  await t.test('nor when the service is gone; the next one shows it again', async () => {
    await shell.run('(while :; do date; echo x >> /tmp/beats; sleep 0.1; done > /dev/console) & beating=$!')
    // Between other lines.
    const beats = async () => Number(/(\d+) beats/.exec(await shell.run('echo "$(wc -l < /tmp/beats) beats"'))?.[1])
    await until('the first beats', async () => (await beats()) > 3)
    const before = await beats()
    shell.states.length = 0
    await service.kill()
    await until('the terminal to notice', () => shell.states.includes('connecting'))
    await start()
    await until('the terminal to come back', () => shell.terminal.state === 'running')
    await shell.ready()
    assert.ok((await beats()) > before + 3)
    assert.equal(shell.hasGap, true, 'what was said while nobody was there is missing')
    await shell.run('kill $beating')
  })

  await t.test('comes back after the host was lost', async () => {
    shell.states.length = 0
    await service.kill()
    await killMachines(stateDir)
    await start()
    await until('the terminal to come back', () => shell.terminal.state === 'stopped')
    await api.perform(`/servers/${SERVER}/start/`)
    await shell.ready()
    assert.equal((await shell.run('hostname')).trim(), 'web-server-01')
  })

  await t.test('is in nobody’s way: a cut freezes, and the server stops when it is told to', async () => {
    await until(
      'the agent',
      async () => (await api.get<{ agent: { connected: boolean } }>(`/servers/${SERVER}/`)).agent.connected,
    )
    const { id } = await api.snapshot(SERVER, 'frozen', '?consistency=filesystem')
    const { receipt } = await api.get<{ receipt: { achieved: string } }>(`/snapshots/${id}/`)
    assert.equal(receipt.achieved, 'filesystem')
    await api.perform(`/servers/${SERVER}/stop/`)
    await until('the terminal to say so', () => shell.terminal.state === 'stopped')
    assert.equal(await service.stop(), 0)
  })
})

test('with RESTPOINT_TERMINAL=off the console is left to others', options, async t => {
  const stateDir = await newStateDir()
  t.after(() => removeState(stateDir))
  const service = await startService({ stateDir, env: { RESTPOINT_DEMO: '0' } })
  t.after(() => service.kill())
  const { status, body } = await new Api(service).call<{ code: string }>('POST', '/servers/1/terminal/')
  assert.deepEqual([status, body.code], [404, 'not_found'])
})
