/** `restpoint guard`, with the real API: what it runs, what it puts back, what it says. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../test/support/needs.ts'
import { ended as cliEnded, openCli, runAtTerminal } from './support/cli.ts'
import { AFTER, BEFORE, ended, isGone, openGuarded, until } from './support/guarded.ts'

const options = { skip: needs('sh', 'curl', 'script'), timeout: 120_000 }
const quick = ['--probe-retries', '1', '--probe-interval', '0']

test('all goes well: the snapshot is kept, or deleted', options, async t => {
  const guarded = await openGuarded(t)
  ended(await guarded.guard('--name', 'before', '--', 'sh', '-c', guarded.change), 0, /All went well/)
  assert.deepEqual(await guarded.snapshots(), ['before completed'])
  const { code, told } = await guarded.json('--on-success', 'delete', '--probe', 'true', '--', 'sh', '-c', 'exit 0')
  assert.deepEqual(
    [code, told.outcome, told.failed, told.exit_code, told.snapshot.kept, told.restore],
    [0, 'succeeded', null, 0, false, null],
  )
  assert.deepEqual(await guarded.snapshots(), ['before completed'])
  assert.deepEqual([guarded.content(), await guarded.restores(), guarded.journals()], [AFTER, 0, []])
})

test('the command fails: the server is put back, and that can be undone', options, async t => {
  const guarded = await openGuarded(t)
  const { code, told, stderr } = await guarded.json('--', 'sh', '-c', `${guarded.change}; echo out; exit 3`)
  assert.deepEqual([code, guarded.content(), guarded.journals()], [8, BEFORE, []])
  assert.match(stderr, /^out$/m)
  const [operation] = (await guarded.api.operations.list()).results.filter(({ kind }) => kind === 'snapshot_restore')
  assert.deepEqual(told, {
    guard: told.guard,
    server: { id: 1, name: 'web-server-01' },
    snapshot: { id: 1, name: `guard-${told.guard.slice(0, 8)}`, kept: true },
    outcome: 'restored',
    failed: 'command',
    reason: 'The command ended with exit code 3',
    exit_code: 3,
    signal: null,
    restore: { operation_id: operation?.id, up: true, probe: null, undo: 'restpoint snapshot undo 1' },
  })
  await guarded.api.servers.undo(1, { waitSeconds: 30 })
  assert.equal(guarded.content(), AFTER)
  ended(await guarded.guard('--', 'sh', '-c', 'kill -9 $$'), 8, /was put back[^]*ended by SIGKILL/)
})

test('a probe that fails at last, and one that comes right', options, async t => {
  const guarded = await openGuarded(t)
  const file = path.join(guarded.cli.folder, 'seen')
  const second = `[ -e ${file} ] || { touch ${file}; false; }`
  ended(await guarded.guard(...quick, '--probe', second, '--', 'sh', '-c', guarded.change), 0, /All went well/)
  assert.equal(guarded.content(), AFTER)
  // All is well again once the server is put back.
  const { code, told } = await guarded.json(...quick, '--probe', `[ -e ${file} ]`, '--', 'rm', file)
  assert.deepEqual([code, told.failed, told.restore.probe], [8, 'probe', 'failed'])
  assert.equal(told.reason, 'The probe ended with exit code 1')
})

test('a URL is probed: only 2xx will do', options, async t => {
  const guarded = await openGuarded(t)
  let status = 500
  const server = createServer((_, reply) => void reply.writeHead(status).end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health?key=secret`
  const { code, told } = await guarded.json(...quick, '--probe-url', url, '--', 'true')
  assert.deepEqual([code, told.failed, told.restore.probe], [8, 'probe', 'failed'])
  assert.match(told.reason, /^The probe of http:\/\/127\.0\.0\.1:\d+\/health was answered with 500$/)
  status = 204
  assert.equal((await guarded.json(...quick, '--probe-url', url, '--', 'true')).code, 0)
})

test('the command takes too long: it is ended with all that it has started', options, async t => {
  const guarded = await openGuarded(t)
  const file = path.join(guarded.cli.folder, 'pid')
  const { code, told } = await guarded.json('--timeout', '1', '--', 'sh', '-c', `sleep 1000 & echo $! >${file}; wait`)
  assert.deepEqual([code, told.outcome, told.reason], [8, 'restored', 'The command had not ended after 1 s'])
  await until('its child is gone', () => isGone(readFileSync(file, 'utf8')))
})

test('what a failed command has left running in its group is ended', options, async t => {
  const guarded = await openGuarded(t)
  const file = path.join(guarded.cli.folder, 'pid')
  const { code } = await guarded.json('--', 'sh', '-c', `sleep 1000 >/dev/null 2>&1 & echo $! >${file}; exit 1`)
  assert.equal(code, 8)
  await until('it is gone', () => isGone(readFileSync(file, 'utf8')))
})

test('what cannot be started: nothing is put back, and the snapshot goes', options, async t => {
  const guarded = await openGuarded(t)
  const { code, told } = await guarded.json('--', '/no/such/program')
  assert.deepEqual([code, told.outcome, told.failed], [8, 'nothing_run', 'command'])
  assert.equal(told.reason, 'The command could not be started: ENOENT')
  assert.deepEqual([await guarded.snapshots(), await guarded.restores(), guarded.journals()], [[], 0, []])
})

test('a snapshot that is refused, or fails: its reason and exit code, and nothing is run', options, async t => {
  const guarded = await openGuarded(t)
  const file = path.join(guarded.cli.folder, 'ran')
  for (let count = 0; count < 5; count++) await guarded.completed(`s${count}`)
  ended(await guarded.guard('--', 'touch', file), 5, /^restpoint: Snapshot limit reached/m)
  ended(await guarded.cli.run(['guard', '99', '--', 'touch', file]), 3, /Not found/)
  const weak = openCli(t, { url: guarded.url, token: await guarded.tokenWith('servers:read') })
  ended(await weak.run(['guard', '1', '--', 'touch', file]), 4, /permission/)
  assert.deepEqual([existsSync(file), guarded.journals()], [false, []])
})

for (const [name, signal, typed] of [
  ['Ctrl-C', 'SIGINT', true],
  ['SIGTERM', 'SIGTERM', false],
  ['a lost terminal', 'SIGHUP', false],
] as const) {
  test(`${name}: the command is ended, and the server put back`, options, async t => {
    const guarded = await openGuarded(t)
    const file = path.join(guarded.cli.folder, 'pid')
    const line = `${guarded.change}; sleep 1000 & echo $! >${file}; wait`
    const child = guarded.cli.start(['guard', '1', '--', 'sh', '-c', line])
    const ending = cliEnded(child)
    await until('the command runs', () => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'))
    child.kill(signal)
    ended(await ending, 8, typed ? /interrupted \(Ctrl-C\)/ : /interrupted \((SIGTERM|the terminal was lost)\)/)
    assert.deepEqual([guarded.content(), guarded.journals()], [BEFORE, []])
    await until('its child is gone', () => isGone(readFileSync(file, 'utf8')))
  })
}

test('a command that ignores Ctrl-C is killed at the second', options, async t => {
  const guarded = await openGuarded(t)
  const file = path.join(guarded.cli.folder, 'ready')
  const child = guarded.cli.start([
    'guard',
    '1',
    '--',
    'sh',
    '-c',
    `trap '' INT; touch ${file}; while :; do sleep 0.1; done`,
  ])
  const ending = cliEnded(child)
  await until('the command runs', () => existsSync(file))
  child.kill('SIGINT')
  await new Promise(resolve => setTimeout(resolve, 300))
  assert.equal(child.exitCode, null)
  child.kill('SIGINT')
  ended(await ending, 8, /interrupted \(Ctrl-C\)/)
})

test('Ctrl-C while the snapshot is taken: nothing is run, and it is gone', options, async t => {
  const guarded = await openGuarded(t)
  const file = path.join(guarded.cli.folder, 'ran')
  // The service has made it, and says so only when somebody asks again.
  guarded.proxy.next('none', 'none', 'lose reply', { status: 503 }, { status: 503 })
  const child = guarded.cli.start(['guard', '1', '--', 'touch', file])
  const ending = cliEnded(child)
  await until('the snapshot is asked for', () => guarded.proxy.seen.some(({ method }) => method === 'POST'))
  child.kill('SIGINT')
  ended(await ending, 8, /Nothing was run/)
  assert.deepEqual([existsSync(file), await guarded.snapshots(), guarded.journals()], [false, [], []])
})

test('Ctrl-C while it is put back: the service goes on, and --resume ends the guard', options, async t => {
  const guarded = await openGuarded(t)
  // Up to the restore itself; the question how far it is stays unanswered.
  guarded.proxy.hangAfter(/\/restore\/$/)
  const child = guarded.cli.start(['guard', '1', '--', 'sh', '-c', `${guarded.change}; exit 1`])
  const ending = cliEnded(child)
  await until('its operation is written down', () => guarded.journals()[0]?.restore.operation_id != null)
  child.kill('SIGINT')
  const ran = await ending
  ended(ran, 130, /The restore goes on\. To see it: restpoint operation watch \d+\n.*restpoint guard --resume 1/)
  guarded.proxy.clear()
  ended(await guarded.guard('--', 'true'), 5, /has not come to its end[^]*restpoint guard --resume 1/)
  ended(await guarded.cli.run(['guard', '--resume', 'web-server-01']), 0, /was put back/)
  assert.deepEqual([guarded.content(), await guarded.restores(), guarded.journals()], [BEFORE, 1, []])
})

test('the service is away while it is to put back: it is waited for', options, async t => {
  const guarded = await openGuarded(t)
  const file = path.join(guarded.cli.folder, 'began')
  const ending = guarded.guard('--', 'sh', '-c', `${guarded.change}; touch ${file}; sleep 0.3; exit 1`)
  await until('the command runs', () => existsSync(file))
  guarded.proxy.next('lose request', 'lose reply', { status: 503 }, 'lose request', 'lose reply', { status: 502 })
  ended(await ending, 8, /was put back/)
  assert.deepEqual([guarded.content(), await guarded.restores()], [BEFORE, 1])
})

test('it cannot be put back: that is said, and --resume tries again', options, async t => {
  const guarded = await openGuarded(t)
  const file = path.join(guarded.cli.folder, 'began')
  const ending = guarded.guard('--', 'sh', '-c', `${guarded.change}; touch ${file}; sleep 0.3; exit 1`)
  await until('the command runs', () => existsSync(file))
  guarded.memory.controls.faults.fail({ method: 'createLayer', when: 'before', forever: true })
  ended(await ending, 9, /could not be put back[^]*restpoint guard --resume 1/)
  assert.equal(guarded.journals()[0]?.phase, 'failed')
  guarded.memory.controls.faults.clear()
  ended(await guarded.cli.run(['guard', '--resume']), 0, /was put back/)
  assert.deepEqual([guarded.content(), guarded.journals()], [BEFORE, []])
})

test('in the guest: success, failure, refusal, and an end that nobody knows', options, async t => {
  const guarded = await openGuarded(t)
  const { controls } = guarded.memory
  const output = (text: string) => ({ text, isCut: false })
  const end = { exitCode: 0, signal: null, stdout: output('fine\n\x1b[31m'), stderr: output('') }
  controls.setFate(1, end)
  ended(await guarded.guard('--in-guest', '--', '/bin/upgrade', '--all'), 0, /^fine\n +\[31m/)
  controls.setFate(1, { ...end, exitCode: 4 })
  const failed = await guarded.json('--in-guest', '--', '/bin/upgrade')
  assert.deepEqual([failed.code, failed.told.outcome, failed.told.exit_code], [8, 'restored', 4])
  controls.setFate(1, { ...end, exitCode: null, signal: 11 })
  assert.match((await guarded.json('--in-guest', '--', '/bin/upgrade')).told.reason, /ended by signal 11/)
  controls.setFate(1, 'runs')
  const slow = await guarded.json('--in-guest', '--timeout', '1', '--', '/bin/upgrade')
  assert.deepEqual([slow.code, slow.told.outcome], [8, 'restored'])
  assert.match(slow.told.reason, /It took longer than 1 seconds/)
  const before = await guarded.restores()
  controls.setFate(1, { refused: 'no such file' })
  const refused = await guarded.json('--in-guest', '--', '/bin/upgrade')
  assert.deepEqual([refused.code, refused.told.outcome, await guarded.restores()], [8, 'nothing_run', before])
  // Nobody knows how it ended: taken for failed.
  controls.setFate(1, 'runs')
  const ending = guarded.json('--in-guest', '--', '/bin/upgrade')
  await until('it runs', () => controls.programs(1).length > 0)
  controls.crash(1)
  await until('the service sees it', async () => (await guarded.api.servers.get(1)).status !== 'active')
  const lost = await ending
  assert.deepEqual([lost.code, lost.told.outcome], [8, 'restored'])
  assert.match(lost.told.reason, /Nobody can say how it ended/)
})

test('in the guest, without an agent or the permission: refused before a snapshot is taken', options, async t => {
  const guarded = await openGuarded(t)
  const permissions = ['snapshots:write', 'snapshots:read', 'servers:read', 'servers:write'] as const
  const weak = openCli(t, { url: guarded.url, token: await guarded.tokenWith(...permissions) })
  ended(await weak.run(['guard', '1', '--in-guest', '--', 'true']), 4, /servers:exec/)
  guarded.memory.controls.setAgent(1, 'absent')
  ended(await guarded.guard('--in-guest', '--', 'true'), 5, /No guest agent answers[^]*qemu-guest-agent/)
  const { code, told } = await guarded.json('--dry-run', '--in-guest', '--', 'true')
  assert.deepEqual([code, told.possible, told.blockers[0].code], [5, false, 'agent_unavailable'])
  assert.deepEqual([await guarded.snapshots(), guarded.journals()], [[], []])
})

test('a dry run does nothing', options, async t => {
  const guarded = await openGuarded(t)
  const file = path.join(guarded.cli.folder, 'ran')
  const { code, told } = await guarded.json('--dry-run', '--', 'touch', file)
  assert.deepEqual([code, told.dry_run, told.possible], [0, true, true])
  assert.deepEqual([existsSync(file), await guarded.snapshots(), guarded.journals()], [false, [], []])
})

test('wrong use', options, async t => {
  const guarded = await openGuarded(t)
  ended(await guarded.guard(), 2, /Which command\?/)
  ended(await guarded.cli.run(['guard', '--', 'true']), 2, /Which command|Which server/)
  ended(await guarded.cli.run(['guard', '1', '--resume', '--', 'true']), 2, /runs no command/)
  ended(await guarded.guard('--probe-url', 'ftp://x', '--', 'true'), 2, /must look like http/)
  ended(await guarded.cli.run(['guard', '--resume', 'nobody']), 3, /no guard of nobody/)
  ended(await guarded.cli.run(['guard', '--resume']), 0, /no guard to be resumed/)
})

test(
  'a server is guarded once at a time, and nobody resumes what lives, is elsewhere or is somebody else’s',
  options,
  async t => {
    const guarded = await openGuarded(t)
    const go = path.join(guarded.cli.folder, 'go')
    const ending = guarded.guard('--', 'sh', '-c', `while [ ! -e ${go} ]; do sleep 0.05; done`)
    await until('the command runs', () => guarded.journals()[0]?.phase === 'command')
    const [journal] = guarded.journals()
    const [file] = journalFiles(guarded.guards)
    assert.equal(statSync(file as string).mode & 0o777, 0o600)
    assert.ok(!readFileSync(file as string, 'utf8').includes(guarded.token))
    ended(await guarded.guard('--', 'true'), 5, /is being guarded/)
    ended(await guarded.cli.run(['guard', '--resume', '1']), 5, /is being guarded/)
    ended(await guarded.cli.run(['guard', '--resume']), 0, /no guard to be resumed/)
    writeFileSync(go, '')
    ended(await ending, 0, /All went well/)

    // A dead one of another computer, and one of another account.
    const folder = path.join(guarded.guards, 'a'.repeat(32))
    const put = (changes: object) => {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder, { recursive: true })
      writeFileSync(path.join(folder, '4194304-0123456789abcdef.json'), JSON.stringify({ ...journal, ...changes }))
    }
    put({ host: 'elsewhere' })
    ended(await guarded.cli.run(['guard', '--resume']), 5, /was begun on elsewhere/)
    put({ email: 'bert@example.com' })
    ended(await guarded.cli.run(['guard', '--resume']), 4, /begun by bert@example.com/)
    assert.equal(guarded.journals().length, 1)
    put({ url: 'http://192.0.2.1:1' })
    ended(await guarded.cli.run(['guard', '--resume']), 0, /There are guards of http:\/\/192\.0\.2\.1:1, too/)
  },
)

test('at a terminal that goes away: it is put back all the same', options, async t => {
  const guarded = await openGuarded(t)
  const pid = path.join(guarded.cli.folder, 'pid')
  const ending = runAtTerminal(guarded.cli, [
    'guard',
    '1',
    '--',
    'sh',
    '-c',
    `${guarded.change}; echo $$ >${pid}; sleep 1000`,
  ])
  await until('the command runs', () => existsSync(pid) && readFileSync(pid, 'utf8').endsWith('\n'))
  process.kill(await parentOfGuard(Number(readFileSync(pid, 'utf8'))), 'SIGKILL')
  await ending
  await until('it is put back', async () => guarded.content() === BEFORE && guarded.journals().length === 0)
  assert.equal(await guarded.restores(), 1)
})

/** `script`, which holds the terminal's other end. */
async function parentOfGuard(command: number): Promise<number> {
  const parentOf = (pid: number) => Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  for (let pid = parentOf(command); pid > 1; pid = parentOf(pid))
    if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'script') return pid
  throw new Error('no script')
}

function journalFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.json'))
    .map(name => path.join(folder, name))
}
