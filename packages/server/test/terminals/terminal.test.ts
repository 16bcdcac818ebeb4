/** A server's console over the real API: who gets to see it, what comes and goes, and what ends it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../../../test/system/support/until.ts'
import { TYPED_BYTES } from '../../src/terminals/line.ts'
import { SCROLLBACK_BYTES } from '../../src/terminals/scrollback.ts'
import { UNREAD_BYTES } from '../../src/terminals/seat.ts'
import { SEATS_A_SERVER, SEATS_A_TOKEN } from '../../src/terminals/terminals.ts'
import { openWorld, type World } from '../http/harness.ts'
import { made, nextService, waiting } from '../servers/support.ts'
import { test, testOn } from '../support/databases.ts'
import { knock, listen, sit, ticketFor } from './screen.ts'

/** Who is cut off may find the connection gone before it is told why. */
const GONE = 1006

/** Consoles are held, and the server runs. */
async function openRunning(t: Parameters<typeof openWorld>[0]): Promise<World> {
  const world = await openWorld(t)
  world.terminals.start(60_000)
  const { status, text } = await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  assert.equal(status, 200, text)
  // Its console is held a moment later; what is printed before nobody hears.
  for (; ; await sleep(1)) {
    world.memory.controls.print(world.serverId, '>')
    const screen = await sit(t, world)
    const { text: heard } = screen
    screen.socket.terminate()
    await screen.closed
    if (heard !== '') return world
  }
}

async function typed(world: World, expected: string): Promise<void> {
  let text = ''
  for (; text.length < expected.length; await sleep(1)) text += world.memory.controls.takeTyped(world.serverId)
  assert.equal(text, expected)
}

test('what was said before is there, what is said comes, what is typed arrives', async t => {
  const world = await openRunning(t)
  const { print } = world.memory.controls
  print(world.serverId, 'Welcome\r\nlogin: ')
  const screen = await sit(t, world)
  await screen.hears('login: ')
  const [first] = screen.said
  assert.deepEqual([screen.said.length, first?.state, first?.offset], [1, 'running', 0])
  assert.match(first?.console ?? '', /^[0-9a-f]{8}$/)
  screen.type('root\n')
  await typed(world, 'root\n')
  print(world.serverId, Buffer.from([0xff, 0x00]))
  print(world.serverId, '# ')
  await screen.hears('# ')
  const second = await sit(t, world)
  assert.equal(second.text, screen.text)
  // Two at one keyboard.
  screen.type('a')
  await typed(world, 'a')
  second.type('b')
  await typed(world, 'b')
})

testOn('sqlite', 'of what was said long ago it says how much it was', async t => {
  const world = await openRunning(t)
  world.memory.controls.print(world.serverId, 'x'.repeat(SCROLLBACK_BYTES))
  world.memory.controls.print(world.serverId, 'the end')
  const before = await sit(t, world)
  await before.hears('the end')
  const screen = await sit(t, world)
  assert.equal(screen.text.length, SCROLLBACK_BYTES)
  assert.ok((screen.said[0]?.offset ?? 0) > 'the end'.length)
})

testOn('sqlite', 'a stopped server shows what it said, and goes on when it is started', async t => {
  const world = await openRunning(t)
  world.memory.controls.print(world.serverId, 'last words')
  await (await sit(t, world)).hears('last words')
  const stopped = await world.post(`servers/${world.serverId}/stop/`, undefined, waiting)
  assert.equal(stopped.status, 200)
  const screen = await sit(t, world)
  await screen.hears('last words')
  await screen.until(({ said }) => said.at(-1)?.state === 'stopped')
  screen.type('nobody hears this')
  await screen.arrived()
  await world.post(`servers/${world.serverId}/start/`, undefined, waiting)
  await screen.until(({ said }) => said.at(-1)?.state === 'running')
  world.memory.controls.print(world.serverId, 'here again')
  await screen.hears('here again')
  assert.equal(world.memory.controls.takeTyped(world.serverId), '')
})

testOn('sqlite', 'it stays open through a restore', async t => {
  const world = await openRunning(t)
  const screen = await sit(t, world)
  const snapshot = await world.completed('before')
  const { status } = await world.post(`snapshots/${snapshot}/restore/`, undefined, waiting)
  assert.equal(status, 200)
  await screen.until(({ said }) => said.map(({ state }) => state).join() === 'running,stopped,running')
  world.memory.controls.print(world.serverId, 'restored')
  await screen.hears('restored')
  screen.type('y')
  await typed(world, 'y')
})

testOn('sqlite', 'without consoles held, there is nothing to see yet', async t => {
  const world = await openWorld(t)
  const screen = await sit(t, world)
  assert.deepEqual([screen.said[0]?.state, screen.text], ['stopped', ''])
})

test('a ticket is for whoever may change the server, and nobody else', async t => {
  const world = await openWorld(t, { engine: false })
  const other = await world.addAccount('other')
  const path = `servers/${world.serverId}/terminal/`
  const never = await world.post('servers/999999/terminal/', undefined, { token: other.token })
  const theirs = await world.post(path, undefined, { token: other.token })
  assert.deepEqual([theirs.status, theirs.text], [404, never.text])
  const reader = await world.tokenWith('servers:read', 'snapshots:write')
  assert.equal((await world.post(path, undefined, { token: reader })).status, 403)
  assert.equal((await world.post(path, undefined, { token: null })).status, 401)
  assert.equal(
    (await world.post(`${path}?account_id=${world.accountId}`, undefined, { token: other.token })).status,
    201,
  )
  const { status, body } = await world.post(path, undefined, { token: await world.tokenWith('servers:write') })
  assert.equal(status, 201)
  assert.deepEqual(Object.keys(body), ['ticket', 'path', 'expires_at'])
  assert.equal(body.path, `/api/v1/${path}?ticket=${body.ticket}`)
})

test('nothing but a good ticket opens a terminal, once', async t => {
  const world = await openWorld(t)
  const url = await listen(world)
  const second = await world.addServer(world.accountId, 'second')
  const own = `/api/v1/servers/${world.serverId}/terminal/`
  const good = await ticketFor(world, world.serverId)
  const ofSecond = (await ticketFor(world, second)).split('?')[1]
  const late = await ticketFor(world, world.serverId)
  const cookie = { headers: { cookie: `token=${world.token}; restpoint.token=${world.token}` } }
  const bearer = { headers: { authorization: `Bearer ${world.token}` } }
  for (const [what, path, options] of [
    ['none', own, {}],
    ['a cookie', own, cookie],
    ['a token, but no ticket', own, bearer],
    ['an empty one', `${own}?ticket=`, {}],
    ['a made up one', `${own}?ticket=rt_${'A'.repeat(43)}`, {}],
    ['two', `${own}?ticket=a&ticket=b`, {}],
    ['the token', `${own}?ticket=${world.token}`, {}],
    ["another server's", `${own}?${ofSecond}`, {}],
    ['one for a server that is no number', good.replace(/servers\/\d+/, 'servers/x'), {}],
  ] as const) {
    const { status, ...rest } = await knock(t, url + path, options)
    assert.equal(status, 404, what)
    assert.match('body' in rest ? rest.body : '', /"code":"not_found"/, what)
  }
  assert.equal((await knock(t, url + good)).status, 404, 'it was tried at another server')
  const fresh = await ticketFor(world, world.serverId)
  assert.equal((await knock(t, url + fresh)).status, 101)
  assert.equal((await knock(t, url + fresh)).status, 404, 'it was used')
  world.clock.offset = 31_000
  assert.equal((await knock(t, url + late)).status, 404, 'it has expired')
  // Nor has any of that come to anything.
  assert.equal(world.memory.controls.layerIds().length > 0, true)
})

test('a page of another origin opens none, and does not use the ticket up', async t => {
  const world = await openWorld(t)
  const url = await listen(world)
  const { host, port } = new URL(url)
  const path = await ticketFor(world, world.serverId)
  for (const origin of [
    'https://example.org',
    `http://example.org:${port}`,
    `http://127.0.0.1`,
    `http://127.0.0.1.example.org:${port}`,
    `http://${host}.`,
    `http://user@example.org#${host}`,
    `ftp://${host}`,
    'null',
    'nonsense',
    `http://example.org, http://${host}`,
  ]) {
    const { status, ...rest } = await knock(t, url + path, { headers: { origin } })
    assert.equal(status, 403, origin)
    assert.match('body' in rest ? rest.body : '', /"code":"permission_denied"/)
  }
  assert.equal((await knock(t, url + path, { headers: { origin: `http://${host}` } })).status, 101)
  const behindProxy = { headers: { origin: 'https://console.example', host: 'console.example:443' } }
  assert.equal((await knock(t, url + (await ticketFor(world, world.serverId)), behindProxy)).status, 101)
})

const ends: Record<string, { code: number; end: (world: World, token: { id: number }) => Promise<unknown> }> = {
  'its token is revoked': {
    code: 4401,
    end: (world, { id }) => world.call(`tokens/${id}/`, { method: 'DELETE' }),
  },
  'its server is deleted': {
    code: 4404,
    end: world => world.call(`servers/${world.serverId}/`, { method: 'DELETE' }),
  },
}
for (const [what, { code, end }] of Object.entries(ends)) {
  test(`a terminal has ended when the answer comes that ${what}`, async t => {
    const world = await openRunning(t)
    const made = await world.post('tokens/', { name: 'one', permissions: ['servers:write'] })
    const screen = await sit(t, world, world.serverId, made.body.token)
    const stranger = await sit(t, world, await world.addServer(world.accountId, 'stranger'))
    const reply = (await end(world, made.body)) as { status: number }
    assert.equal(reply.status, 204)
    // Whatever is sent from now on goes nowhere.
    screen.socket.send(Buffer.from('x'))
    assert.equal((await screen.closed).code, code)
    if (code === 4401) assert.equal(world.memory.controls.takeTyped(world.serverId), '')
    assert.equal(stranger.socket.readyState, stranger.socket.OPEN)
  })
}

testOn('sqlite', 'a terminal ends with its token’s time', async t => {
  const world = await openRunning(t)
  const inOneSecond = new Date(Date.now() + 2000).toISOString().replace(/\.\d+/, '')
  const made = await world.post('tokens/', { name: 'one', permissions: ['servers:write'], expires_at: inOneSecond })
  const screen = await sit(t, world, world.serverId, made.body.token)
  assert.equal((await screen.closed).code, 4401)
  assert.ok(Date.now() >= Date.parse(inOneSecond))
})

testOn('sqlite', 'a ticket of a token that was revoked since opens nothing', async t => {
  const world = await openWorld(t)
  const made = await world.post('tokens/', { name: 'one', permissions: ['servers:write'] })
  const path = await ticketFor(world, world.serverId, made.body.token)
  await world.call(`tokens/${made.body.id}/`, { method: 'DELETE' })
  assert.equal((await knock(t, (await listen(world)) + path)).status, 404)
  const gone = await ticketFor(world, world.serverId)
  await world.call(`servers/${world.serverId}/`, { method: 'DELETE' })
  assert.equal((await knock(t, (await listen(world)) + gone)).status, 404)
})

testOn('sqlite', 'so many sit at one console, and so many with one token; who leaves makes room', async t => {
  const world = await openWorld(t)
  const url = await listen(world)
  const servers = [
    world.serverId,
    await world.addServer(world.accountId, 'two'),
    await world.addServer(world.accountId, 'three'),
  ]
  const spare = await Promise.all(servers.map(id => ticketFor(world, id)))
  const screens = []
  for (const id of servers.slice(0, 2)) for (let n = 0; n < SEATS_A_SERVER; n++) screens.push(await sit(t, world, id))
  assert.equal(screens.length, SEATS_A_TOKEN)
  const full = await world.post(`servers/${servers[2]}/terminal/`)
  assert.deepEqual([full.status, full.body.code], [400, 'terminal_limit_reached'])
  const other = await world.tokenWith('servers:write')
  const crowded = await world.post(`servers/${servers[0]}/terminal/`, undefined, { token: other })
  assert.deepEqual([crowded.status, crowded.body.code], [400, 'terminal_limit_reached'])
  for (const path of spare)
    assert.equal((await knock(t, url + path)).status, 400, 'a ticket from before is no way around')
  screens[0]?.socket.close()
  await screens[0]?.closed
  await sit(t, world, servers[0])
})

testOn('sqlite', 'who does not read is cut off; the guest and the others go on', async t => {
  const world = await openRunning(t)
  const [idle, reader] = [await sit(t, world), await sit(t, world)]
  // Nothing of it reaches the screen any more; the kernel takes some for it.
  idle.socket.pause()
  const piece = 'x'.repeat(65_536)
  const before = reader.text.length
  // More than the kernel keeps for it, and than we do.
  for (let said = 0; said < 32 * UNREAD_BYTES; said += piece.length) {
    world.memory.controls.print(world.serverId, piece)
    await reader.until(({ text }) => text.length - before >= said + piece.length)
  }
  await until(
    'the one who does not read to be gone',
    () => world.terminals.count('serverId', world.serverId) === 1,
    20_000,
  )
  assert.equal(reader.socket.readyState, reader.socket.OPEN)
  idle.socket.resume()
  // It may be told why, or find the connection gone.
  assert.ok([4408, GONE].includes((await idle.closed).code))
})

const tooMuch: Record<string, { code: number; send: (socket: Awaited<ReturnType<typeof sit>>['socket']) => void }> = {
  'a message that is too long': { code: 1009, send: socket => socket.send(Buffer.alloc(65 * 1024)) },
  'a text': { code: 1003, send: socket => socket.send('ls\n') },
  'more than the guest takes': {
    code: 4429,
    send: socket => {
      for (let sent = 0; sent <= TYPED_BYTES * 8; sent += 60_000) socket.send(Buffer.alloc(60_000, 'x'))
    },
  },
  'too many messages': {
    code: 4429,
    send: socket => {
      for (let n = 0; n < 5000; n++) socket.send(Buffer.from('x'))
    },
  },
  'too many pings': {
    code: 4429,
    send: socket => {
      for (let n = 0; n < 5000; n++) socket.ping()
    },
  },
  'a message in too many pieces': {
    code: 1008,
    send: socket => {
      for (let n = 0; n < 1000; n++) socket.send(Buffer.from('x'), { fin: false })
    },
  },
}
for (const [what, { code, send }] of Object.entries(tooMuch)) {
  testOn('sqlite', `${what} ends the terminal that it came from, and no other`, async t => {
    const world = await openRunning(t)
    const [rude, other] = [await sit(t, world), await sit(t, world)]
    if (what === 'more than the guest takes') world.memory.controls.stopReading(world.serverId)
    send(rude.socket)
    const ended = await rude.closed
    assert.ok(ended.code === code || ended.code === GONE, `${ended.code} ${ended.reason}`)
    world.memory.controls.print(world.serverId, 'still here')
    await other.hears('still here')
  })
}

testOn('sqlite', 'whoever does not answer a ping is taken for gone', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const world = await openWorld(t)
  const url = await listen(world)
  const answer = await knock(t, url + (await ticketFor(world, world.serverId)), { autoPong: false })
  assert.ok('screen' in answer)
  const { screen } = answer
  const alive = await sit(t, world)
  for (let round = 0; round < 2; round++) {
    const pinged = once(alive.socket, 'ping')
    t.mock.timers.tick(30_000)
    await pinged
    await alive.arrived()
  }
  assert.equal((await screen.closed).code, 1006)
  assert.equal(alive.socket.readyState, alive.socket.OPEN)
  assert.ok(alive.said.length >= 3, 'the state comes with each ping')
})

testOn('sqlite', 'the service ends them when it stops, and opens no more', async t => {
  const world = await openWorld(t)
  const screen = await sit(t, world)
  const { host } = new URL(await listen(world))
  await world.app.close()
  const { code, reason } = await screen.closed
  assert.deepEqual([code, reason], [1001, 'The service is stopping'])
  assert.ok(host)
})

testOn(
  'sqlite',
  'what asks for another protocol elsewhere, or for another one here, is answered as if it had not',
  async t => {
    const world = await openWorld(t, { engine: false })
    const { port } = new URL(await listen(world))
    const say = async (path: string, protocol: string) => {
      const socket = connect(Number(port), '127.0.0.1')
      t.after(() => socket.destroy())
      let text = ''
      socket.on('data', bytes => (text += bytes))
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      )
      while (!/\r\n\r\n./s.test(text)) await once(socket, 'data')
      return text
    }
    assert.match(await say('/healthz', 'websocket'), /^HTTP\/1\.1 200 /)
    assert.match(await say('/healthz', 'h2c'), /^HTTP\/1\.1 200 /)
    assert.match(await say('/api/v1/servers/', 'websocket'), /^HTTP\/1\.1 401 /)
    assert.match(await say('/nothing', 'websocket'), /^HTTP\/1\.1 404 /)
    assert.match(await say(`/api/v1/servers/${world.serverId}/terminal/`, 'h2c'), /^HTTP\/1\.1 405 /)
    assert.match(await say(`/api/v1/servers/${world.serverId}/terminal?ticket=x`, 'WebSocket'), /^HTTP\/1\.1 404 /)
    // And without asking for any.
    const { status, headers } = await world.call(`servers/${world.serverId}/terminal/`)
    assert.deepEqual([status, headers['allow']], [405, 'POST'])
  },
)

testOn('sqlite', 'a handshake that is none leaves its place to others', async t => {
  const world = await openWorld(t)
  const { port } = new URL(await listen(world))
  for (let n = 0; n <= SEATS_A_SERVER; n++) {
    const socket = connect(Number(port), '127.0.0.1')
    t.after(() => socket.destroy())
    const path = await ticketFor(world, world.serverId)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    assert.match(answer.toString(), /^HTTP\/1\.1 400 /)
    socket.destroy()
  }
  while (world.terminals.count('serverId', world.serverId) > 0) await sleep(1)
  await sit(t, world)
})

test('a dry run gives no ticket, and an earlier request’s answer is that one’s', async t => {
  const world = await openWorld(t)
  const path = `servers/${world.serverId}/terminal/`
  const dry = await world.post(`${path}?dry_run=true`)
  assert.deepEqual([dry.status, dry.body.possible, dry.body.ticket], [200, true, undefined])
  const key = { headers: { 'idempotency-key': 'one' } }
  const first = await world.post(path, undefined, key)
  const again = await world.post(path, undefined, key)
  assert.deepEqual([again.status, again.body], [201, first.body])
  const url = await listen(world)
  assert.equal((await knock(t, url + first.body.path)).status, 101)
  assert.equal((await knock(t, url + again.body.path)).status, 404)
})

testOn('sqlite', 'where consoles are left to others, a ticket is refused, with a remedy', async t => {
  const world = await openWorld(t, { engine: false, terminal: false })
  const { status, body } = await world.post(`servers/${world.serverId}/terminal/`)
  assert.deepEqual([status, body.code], [400, 'terminals_off'])
  assert.match(body.detail, /RESTPOINT_TERMINAL=on/)
  const { status: refused } = await knock(
    t,
    `${await listen(world)}/api/v1/servers/${world.serverId}/terminal/?ticket=x`,
  )
  assert.equal(refused, 405)
})

testOn('sqlite', 'what runs again after a restart of the host is heard again', async t => {
  const world = await openWorld(t)
  world.terminals.start(60_000)
  const { id } = await made(world, { name: 'ran' })
  const screen = await sit(t, world, id)
  await screen.until(({ said }) => said.at(-1)?.state === 'running')
  const next = await nextService(t, world, () => world.memory.controls.endHost())
  await screen.until(({ said }) => said.at(-1)?.state === 'stopped')
  await next.start()
  await screen.until(({ said }) => said.at(-1)?.state === 'running')
  world.memory.controls.print(id, 'up again')
  await screen.hears('up again')
})

testOn('sqlite', 'the log says who has opened which, and neither ticket nor what was said', async t => {
  const world = await openRunning(t)
  const path = await ticketFor(world, world.serverId)
  await knock(t, (await listen(world)) + path)
  world.memory.controls.print(world.serverId, 'top secret')
  await (await sit(t, world)).hears('top secret')
  const log = world.lines.join('')
  assert.match(
    log,
    new RegExp(`"server":${world.serverId},"account":${world.accountId},"token":\\d+,"client":"127.0.0.1"`),
  )
  assert.ok(!log.includes('top secret') && !log.includes(path.split('ticket=')[1] as string))
})

testOn('sqlite', 'of a server that is gone nothing is kept', async t => {
  const world = await openRunning(t)
  assert.equal(world.terminals.consoles, 1)
  await world.call(`servers/${world.serverId}/`, { method: 'DELETE' })
  await world.terminals.look()
  assert.equal(world.terminals.consoles, 0)
})
