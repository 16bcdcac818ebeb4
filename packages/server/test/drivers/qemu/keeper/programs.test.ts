/** Programs in a guest: a real one's, and what an agent may say that lies, hangs or babbles. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs } from '../../../../../../test/support/needs.ts'
import { onLine, peer } from '../../../../../qmp/test/support/peer.ts'
import { startKeeper } from '../../../../src/drivers/qemu/keeper/client.ts'
import { Guest } from '../../../../src/drivers/qemu/keeper/guest.ts'
import { defaultLimits, type Limits } from '../../../../src/drivers/qemu/keeper/limits.ts'
import type { ProgramState } from '../../../../src/drivers/qemu/keeper/protocol.ts'
import { bootMachine } from './machine.ts'

const program = { path: '/bin/true', arguments: [] }

/** `undefined`: a refusal. A function is asked each time; a text is sent as it is, `null` is silence. */
async function guestWith(t: TestContext, answers: Record<string, unknown>, limits: Partial<Limits> = {}) {
  const asked: unknown[] = []
  const socket = await peer(t, client =>
    onLine(client, ({ execute, arguments: args }) => {
      if (execute === 'guest-sync-delimited') return void client.write(`${JSON.stringify({ return: args.id })}\n`)
      if (execute !== 'guest-fsfreeze-status') asked.push([execute, args])
      const value = execute === 'guest-fsfreeze-status' ? 'thawed' : answers[execute]
      if (value === null) return
      const refusal = { error: { class: 'GenericError', desc: 'no\x1b' } }
      client.write(
        typeof value === 'string' && value.length > 1000
          ? value
          : `${JSON.stringify(value === undefined ? refusal : { return: value })}\n`,
      )
    }),
  )
  return { guest: new Guest(socket, { ...defaultLimits, ...limits }), asked }
}

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')

test('what is started is what was asked for, and a refusal is cleaned', async t => {
  const { guest, asked } = await guestWith(t, { 'guest-exec': { pid: 7 } })
  const odd = { path: '/bin/echo', arguments: ['$(id)', 'a b', '', '"', '\n'] }
  assert.deepEqual(await guest.start(odd), { pid: 7 })
  assert.deepEqual(asked, [['guest-exec', { path: odd.path, arg: odd.arguments, 'capture-output': true }]])
  const refusing = await guestWith(t, {})
  assert.deepEqual(await refusing.guest.start(program), { refused: 'no?' })
})

test('an agent that does not say what it has started: nobody knows', async t => {
  for (const value of [{}, { pid: '7' }, 'x', 7]) {
    const { guest } = await guestWith(t, { 'guest-exec': value })
    assert.ok('unknown' in (await guest.start(program)), JSON.stringify(value))
  }
  const { guest } = await guestWith(t, { 'guest-exec': null }, { programMs: 100 })
  assert.ok('unknown' in (await guest.start(program)))
})

test('an end that makes no sense is none', async t => {
  const lies = [
    {},
    { exited: true },
    { exited: 'yes', exitcode: 0 },
    { exited: true, exitcode: -1 },
    { exited: true, exitcode: '0' },
    { exited: true, exitcode: 1.5 },
    { exited: true, exitcode: 2 ** 40 },
    { exited: true, exitcode: 0, signal: 9 },
    { exited: true, signal: 500 },
    'exited',
    [],
  ]
  for (const lie of lies) {
    const { guest } = await guestWith(t, { 'guest-exec-status': lie })
    const state = await guest.ask(7)
    assert.ok(typeof state === 'object' && 'lost' in state, JSON.stringify(lie))
  }
  const { guest } = await guestWith(t, {})
  assert.deepEqual(await guest.ask(7), { lost: 'the guest agent does not know of it any more' })
})

test('output is decoded, and its end kept where it is long', async t => {
  const long = `${'x'.repeat(70_000)}${'ä'.repeat(20_000)}`
  const { guest } = await guestWith(t, {
    'guest-exec-status': {
      exited: true,
      signal: 11,
      'out-data': base64(long),
      'err-data': base64(Buffer.from([0x61, 0xff])),
      'err-truncated': true,
    },
  })
  const state = (await guest.ask(7)) as Exclude<ProgramState, string | { lost: string }>
  assert.deepEqual([state.exitCode, state.signal], [null, 11])
  assert.ok(Buffer.byteLength(state.stdout.text) <= 65_536 && long.endsWith(state.stdout.text) && state.stdout.isCut)
  assert.deepEqual(state.stderr, { text: 'a\ufffd', isCut: true })
})

test('an agent that babbles is hung up on, its end is lost, and it is asked anew afterwards', async t => {
  const huge = `${JSON.stringify({ return: { exited: true, exitcode: 0, 'out-data': 'A'.repeat(5 * 1024 * 1024) } })}\n`
  const answers: Record<string, unknown> = { 'guest-exec-status': huge, 'guest-exec': { pid: 8 } }
  const { guest } = await guestWith(t, answers)
  const state = await guest.ask(7)
  assert.ok(typeof state === 'object' && 'lost' in state && /more than can be taken/.test(state.lost))
  assert.deepEqual(await guest.start(program), { pid: 8 })
})

test('in a real guest', {
  skip: needs('qemu-system-x86_64', 'qemu-img', 'busybox', 'mke2fs', 'apt-get'),
  timeout: 120_000,
}, async t => {
  const machine = await bootMachine()
  const keeper = startKeeper()
  t.after(async () => {
    await keeper.close()
    await machine.end()
  })
  const { agentSocket } = machine
  const start = async (path: string, ...args: string[]) => {
    const started = await keeper.start(agentSocket, { path, arguments: args })
    assert.ok('pid' in started, JSON.stringify(started))
    return started.pid
  }
  const end = async (pid: number) => {
    for (;;) {
      const state = await keeper.ask(agentSocket, pid)
      if (state !== 'runs') return state
      await sleep(50)
    }
  }

  await t.test('arguments are what they are, and nothing is a shell', async () => {
    const state = await end(await start('/bin/echo', '$(id)', 'a  b', ';', '"'))
    assert.deepEqual(state, {
      exitCode: 0,
      signal: null,
      stdout: { text: '$(id) a  b ; "\n', isCut: false },
      stderr: { text: '', isCut: false },
    })
  })

  await t.test('exit codes and signals, standard output and error', async () => {
    const failed = await end(await start('/bin/sh', '-c', 'echo out; echo err >&2; exit 7'))
    assert.deepEqual(
      failed !== null && 'exitCode' in failed && [failed.exitCode, failed.stdout.text, failed.stderr.text],
      [7, 'out\n', 'err\n'],
    )
    const killed = await end(await start('/bin/sh', '-c', 'kill -11 $$'))
    assert.deepEqual('exitCode' in killed && [killed.exitCode, killed.signal], [null, 11])
  })

  await t.test('an end is told once; what was never started is not there', async () => {
    const pid = await start('/bin/true')
    await end(pid)
    assert.ok('lost' in (await end(pid)))
    assert.ok('refused' in (await keeper.start(agentSocket, { path: '/no/such', arguments: [] })))
  })

  await t.test('one that does not end is killed', async () => {
    const pid = await start('/bin/sleep', '9999')
    assert.equal(await keeper.ask(agentSocket, pid), 'runs')
    await keeper.kill(agentSocket, pid)
    const state = await end(pid)
    assert.deepEqual('signal' in state && state.signal, 9)
    assert.equal(await machine.shell('pidof sleep'), '')
  })

  await t.test('while the guest is frozen it is waited for; the freeze holds', async () => {
    const pid = await start('/bin/sleep', '9999')
    assert.equal((await keeper.freeze(agentSocket)).frozen, 1)
    const asking = keeper.ask(agentSocket, pid)
    const { frozen, thawed } = await keeper.thaw(agentSocket)
    assert.deepEqual([frozen, thawed], [1, 1])
    assert.equal(await asking, 'runs')
    await keeper.kill(agentSocket, pid)
  })

  await t.test('one whose keeper has died is asked for through the next', async () => {
    const pid = await start('/bin/sleep', '9999')
    const other = startKeeper()
    t.after(() => other.close())
    await keeper.close()
    assert.equal(await other.ask(agentSocket, pid), 'runs')
    await other.kill(agentSocket, pid)
  })
})
