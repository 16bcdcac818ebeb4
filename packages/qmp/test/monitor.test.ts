import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs } from '../../../test/support/needs.ts'
import { ConnectionClosed, QmpError, Timeout } from '../src/errors.ts'
import { Monitor, type MonitorEvent } from '../src/monitor.ts'
import { emptyQemu } from './support/qemu.ts'

const skip = needs('qemu-system-x86_64')

test('it greets, knows the version and runs commands side by side', { skip }, async t => {
  const qemu = await emptyQemu(t)
  const monitor = await Monitor.connect(qemu.socket)
  t.after(() => monitor.close())
  const [, installed] =
    /version (\S+)/.exec(execFileSync('qemu-system-x86_64', ['--version'], { encoding: 'utf8' })) ?? []
  assert.equal(monitor.version, installed)
  const [status, name, version] = await Promise.all([
    monitor.execute<{ running: boolean }>('query-status'),
    monitor.execute('query-name'),
    monitor.execute<{ qemu: object }>('query-version'),
  ])
  assert.equal(status.running, false)
  assert.deepEqual(name, {})
  assert.deepEqual(Object.keys(version.qemu).sort(), ['major', 'micro', 'minor'])
})

test('a refusal carries its class and its command', { skip }, async t => {
  const monitor = await Monitor.connect((await emptyQemu(t)).socket)
  t.after(() => monitor.close())
  const isRefusal = (command: string, errorClass: string) => (error: unknown) =>
    error instanceof QmpError && error.command === command && error.errorClass === errorClass && error.message !== ''
  await assert.rejects(monitor.execute('no-such-command'), isRefusal('no-such-command', 'CommandNotFound'))
  await assert.rejects(monitor.execute('blockdev-del', { 'node-name': 'x' }), isRefusal('blockdev-del', 'GenericError'))
  assert.equal((await monitor.execute<{ status: string }>('query-status')).status, 'prelaunch')
})

test('events reach who listens, with their time in ms, and nobody who has stopped', { skip }, async t => {
  const monitor = await Monitor.connect((await emptyQemu(t)).socket)
  t.after(() => monitor.close())
  const seen: MonitorEvent[] = []
  const stop = monitor.onEvent(event => seen.push(event))
  const before = Date.now()
  await monitor.execute('cont')
  // QEMU tells it beside the reply, at times after it.
  while (seen.length === 0) await sleep(1)
  assert.deepEqual(
    seen.map(event => event.name),
    ['RESUME'],
  )
  assert.ok(Math.abs((seen[0] as MonitorEvent).timestamp - before) < 60_000, `${seen[0]?.timestamp}`)
  stop()
  await monitor.execute('stop')
  assert.equal(seen.length, 1)
})

test('when QEMU goes, what waits is told, and what comes after too', { skip }, async t => {
  const qemu = await emptyQemu(t)
  const monitor = await Monitor.connect(qemu.socket)
  const told = new Promise<ConnectionClosed>(resolve => monitor.onClose(resolve))
  qemu.process.kill('SIGSTOP')
  const waiting = monitor.execute('query-status')
  qemu.process.kill('SIGKILL')
  await assert.rejects(waiting, { name: 'ConnectionClosed', path: qemu.socket, reason: 'ended' })
  assert.equal((await told).reason, 'ended')
  assert.equal(monitor.closed, true)
  await assert.rejects(monitor.execute('query-status'), ConnectionClosed)
  assert.equal((await new Promise<ConnectionClosed>(resolve => monitor.onClose(resolve))).reason, 'ended')
})

test('quit is answered before the end', { skip }, async t => {
  const qemu = await emptyQemu(t)
  const ended = once(qemu.process, 'exit')
  const monitor = await Monitor.connect(qemu.socket)
  assert.deepEqual(await monitor.execute('quit'), {})
  await ended
})

test('an answer that comes too late confuses nobody', { skip }, async t => {
  const qemu = await emptyQemu(t)
  const monitor = await Monitor.connect(qemu.socket)
  t.after(() => monitor.close())
  qemu.process.kill('SIGSTOP')
  await assert.rejects(monitor.execute('query-version', undefined, { timeoutMs: 50 }), Timeout)
  const next = monitor.execute<{ status: string }>('query-status')
  qemu.process.kill('SIGCONT')
  assert.equal((await next).status, 'prelaunch')
})

test('a second client of a socket is not greeted', { skip }, async t => {
  const qemu = await emptyQemu(t)
  const first = await Monitor.connect(qemu.socket)
  await assert.rejects(Monitor.connect(qemu.socket, { timeoutMs: 100 }), { name: 'Timeout', command: 'connect' })
  first.close()
  assert.equal(first.closed, true)
  ;(await Monitor.connect(qemu.socket)).close()
})

test('nobody there is told at once, with the errno', async () => {
  const expected = { name: 'ConnectionClosed', reason: 'unreachable', errno: 'ENOENT' }
  await assert.rejects(Monitor.connect('/nowhere/qmp'), expected)
})
