/** A terminal against the real service, through a network that can be cut. */
import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { until } from '../../../test/system/support/until.ts'
import { RestpointError } from '../src/index.ts'
import type { Terminal, TerminalState } from '../src/terminal.ts'
import { openService } from './support/service.ts'

type Service = Awaited<ReturnType<typeof openOn>>

/** A running server whose console is held. */
async function openOn(t: TestContext) {
  const service = await openService(t)
  service.terminals.start(60_000)
  await service.client().servers.start(service.serverId, { waitSeconds: 30 })
  return service
}

/** Passes everything on to the service, until it is cut. */
async function openLine(t: TestContext, service: Service) {
  const sockets = new Set<Socket>()
  let isCut = false
  const { hostname, port } = new URL(service.url)
  const server = createServer(here => {
    if (isCut) return void here.destroy()
    const there = connect(Number(port), hostname)
    for (const socket of [here, there]) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .once('close', () => {
          sockets.delete(socket)
          here.destroy()
          there.destroy()
        })
    }
    here.pipe(there).pipe(here)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  t.after(() => {
    cut()
    server.close()
  })
  const mend = () => {
    isCut = false
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cut, mend }
}

function follow(t: TestContext, terminal: Terminal) {
  const seen = { text: '', gaps: 0, states: [] as TerminalState[] }
  terminal.onData((bytes, isGap) => {
    seen.text += Buffer.from(bytes)
    if (isGap) seen.gaps++
  })
  terminal.onState(state => seen.states.push(state))
  t.after(() => terminal.close())
  return seen
}

const isRunning = (terminal: Terminal) => until('it to run', () => terminal.state === 'running')

/** Until the console is held: what is said before, nobody hears. */
async function says(service: Service, seen: { text: string }, text: string): Promise<void> {
  service.memory.controls.print(service.serverId, text)
  await until(`"${text.slice(0, 20)}"`, () => seen.text.endsWith(text))
}

async function typed(service: Service, expected: string): Promise<void> {
  let text = ''
  await until(`"${expected.slice(0, 20)}" to be typed`, () => {
    text += service.memory.controls.takeTyped(service.serverId)
    return text.length >= expected.length
  })
  assert.equal(text, expected)
}

test('what is said comes, what is typed goes, also what was typed before there was a connection', async t => {
  const service = await openOn(t)
  const terminal = service.client().servers.openTerminal(service.serverId)
  const seen = follow(t, terminal)
  assert.equal(terminal.state, 'connecting')
  for (const key of 'ls\n') assert.equal(terminal.write(key), true)
  await isRunning(terminal)
  await typed(service, 'ls\n')
  await says(service, seen, 'größer $ ')
  terminal.write(new TextEncoder().encode('ü'))
  terminal.write('x'.repeat(100_000))
  await typed(service, `ü${'x'.repeat(100_000)}`)
  assert.deepEqual(seen.states, ['running'])
  assert.equal(seen.gaps, 0)
  terminal.close()
  await terminal.closed
  assert.deepEqual([terminal.state, terminal.write('y')], ['closed', false])
})

test('what was said before is there', async t => {
  const service = await openOn(t)
  const first = service.client().servers.openTerminal(service.serverId)
  const before = follow(t, first)
  await isRunning(first)
  await says(service, before, 'before')
  const terminal = service.client().servers.openTerminal(service.serverId)
  const seen = follow(t, terminal)
  await until('it', () => seen.text === 'before')
})

test('it tells when the server stops and starts, and stays', async t => {
  const service = await openOn(t)
  const terminal = service.client().servers.openTerminal(service.serverId)
  const seen = follow(t, terminal)
  await isRunning(terminal)
  await service.client().servers.stop(service.serverId, { waitSeconds: 30 })
  await until('it to stop', () => terminal.state === 'stopped')
  await service.client().servers.start(service.serverId, { waitSeconds: 30 })
  await isRunning(terminal)
  assert.deepEqual(seen.states, ['running', 'stopped', 'running'])
})

test('a lost connection is made anew: nothing comes twice, and nothing is missing', async t => {
  const service = await openOn(t)
  const line = await openLine(t, service)
  const terminal = service.client({ url: line.url }).servers.openTerminal(service.serverId)
  const seen = follow(t, terminal)
  await isRunning(terminal)
  await says(service, seen, 'one ')
  for (let round = 2; round < 5; round++) {
    line.cut()
    await until('it to be lost', () => terminal.state === 'connecting')
    service.memory.controls.print(service.serverId, `${round} `)
    line.mend()
    await isRunning(terminal)
  }
  await says(service, seen, 'end')
  assert.deepEqual([seen.text, seen.gaps], ['one 2 3 4 end', 0])
})

test('what is missing all the same is told', async t => {
  const service = await openOn(t)
  const line = await openLine(t, service)
  const terminal = service.client({ url: line.url }).servers.openTerminal(service.serverId)
  const seen = follow(t, terminal)
  await isRunning(terminal)
  await says(service, seen, 'one')
  line.cut()
  await until('it to be lost', () => terminal.state === 'connecting')
  service.memory.controls.print(service.serverId, 'x'.repeat(300 * 1024))
  line.mend()
  await says(service, seen, 'end')
  assert.equal(seen.gaps, 1)
  assert.match(seen.text, /^onex+end$/)
})

test('it ends where no new ticket is to be had, and says why', async t => {
  const service = await openOn(t)
  const none = service.client().servers.openTerminal(777)
  await assert.rejects(none.closed, error => error instanceof RestpointError && error.code === 'not_found')
  const made = await service.client().tokens.create({ name: 'one', permissions: ['servers:write'] })
  const terminal = service.client({ token: made.token }).servers.openTerminal(service.serverId)
  const told = new Promise(resolve => terminal.onState((state, error) => state === 'closed' && resolve(error)))
  await isRunning(terminal)
  await service.client().tokens.delete(made.id)
  await assert.rejects(terminal.closed, { code: 'unauthenticated' })
  assert.equal(((await told) as RestpointError).code, 'unauthenticated')
  assert.equal(terminal.state, 'closed')
})

test('nobody has to look at how it ended', async t => {
  const service = await openOn(t)
  const terminal = service.client().servers.openTerminal(777)
  await until('it to be closed', () => terminal.state === 'closed')
})

test('a signal closes it, whatever it is at, and nothing stays behind at it', async t => {
  const service = await openOn(t)
  const line = await openLine(t, service)
  for (const moment of ['before', 'connecting', 'running', 'lost'] as const) {
    line.mend()
    const controller = new AbortController()
    const { signal } = controller
    if (moment === 'before') controller.abort()
    const terminal = service.client({ url: line.url }).servers.openTerminal(service.serverId, { signal })
    if (moment === 'running' || moment === 'lost') await isRunning(terminal)
    if (moment === 'lost') {
      line.cut()
      await until('it to be lost', () => terminal.state === 'connecting')
    }
    controller.abort()
    await terminal.closed
    assert.equal(terminal.state, 'closed', moment)
    assert.deepEqual(getEventListeners(signal, 'abort'), [], moment)
  }
  await until('nobody to sit there', () => service.terminals.count('serverId', service.serverId) === 0)
})

test('no more is typed ahead than there is room for', async t => {
  const service = await openOn(t)
  const line = await openLine(t, service)
  line.cut()
  const terminal = service.client({ url: line.url }).servers.openTerminal(service.serverId)
  follow(t, terminal)
  const piece = 'x'.repeat(50_000)
  let taken = 0
  while (terminal.write(piece)) taken += piece.length
  assert.ok(taken > 0 && taken <= 256 * 1024)
  line.mend()
  await isRunning(terminal)
  await typed(service, 'x'.repeat(taken))
  assert.equal(terminal.write('more'), true)
})

test('an administrator may name another account', async t => {
  const service = await openOn(t)
  const { accountId, token } = await service.addAccount('other')
  const theirs = await service.addServer(accountId, 'theirs')
  const mine = service.client().servers.openTerminal(theirs)
  await assert.rejects(mine.closed, { code: 'not_found' })
  const terminal = service.client().servers.openTerminal(theirs, { account_id: accountId })
  follow(t, terminal)
  await until('it to connect', () => terminal.state === 'stopped')
  assert.ok(token)
})

test('without WebSocket it says so', async t => {
  const { client, serverId } = await openOn(t)
  const { WebSocket: own } = globalThis
  t.after(() => {
    globalThis.WebSocket = own
  })
  Object.assign(globalThis, { WebSocket: undefined })
  assert.throws(() => client().servers.openTerminal(serverId), /needs WebSocket/)
})
