/** What a hostile or sleepy agent may do; a real one is tried by the tests of the keeper. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { Agent } from '../src/agent.ts'
import { Timeout } from '../src/errors.ts'
import { onLine, peer } from './support/peer.ts'

type Request = Parameters<Parameters<typeof onLine>[1]>[0]

/** Answers syncs as a real agent does and leaves the rest to `serve`. */
function agent(serve: (request: Request, client: Socket) => void): (client: Socket) => void {
  return client =>
    onLine(client, request => {
      if (request.execute === 'guest-sync-delimited') sync(client, request)
      else serve(request, client)
    })
}

function sync(client: Socket, request: Request): void {
  client.write('{"error":{"class":"GenericError","desc":"JSON parse error, stray"}}\n')
  client.write(Buffer.from(`\xff{"return": ${request.arguments.id}}\n`, 'latin1'))
}

test('what was meant for somebody before us is skipped', async t => {
  const socket = await peer(t, client => {
    client.write('{"return":{"pid":7}}\n{"return": 12}\n{"half a li')
    agent((_, to) => to.write('{"return":"frozen"}\n'))(client)
  })
  const connected = await Agent.connect(socket)
  t.after(() => connected.close())
  assert.equal(await connected.execute('guest-fsfreeze-status'), 'frozen')
})

test('after a timeout, the late answer is not taken for the next one', async t => {
  const owed: (() => void)[] = []
  const socket = await peer(
    t,
    agent((request, client) => {
      if (request.execute === 'guest-fsfreeze-freeze') return owed.push(() => client.write('{"return": 3}\n'))
      for (const pay of owed.splice(0)) pay()
      return client.write('{"return": 1}\n')
    }),
  )
  const sleepy = await Agent.connect(socket)
  t.after(() => sleepy.close())
  await assert.rejects(sleepy.execute('guest-fsfreeze-freeze', undefined, { timeoutMs: 50 }), Timeout)
  for (const pay of owed.splice(0)) pay()
  assert.equal(await sleepy.execute('guest-fsfreeze-thaw'), 1)
})

test('a sync and the command behind it go out together, so that a sleeper finds both', async t => {
  const seen: string[] = []
  const socket = await peer(t, client => onLine(client, request => seen.push(request.execute)))
  const sleepy = await Agent.open(socket)
  t.after(() => sleepy.close())
  await assert.rejects(sleepy.execute('guest-fsfreeze-thaw', undefined, { timeoutMs: 50 }), Timeout)
  assert.deepEqual(seen, ['guest-sync-delimited', 'guest-fsfreeze-thaw'])
})

test('commands queue: one at a time is under way', async t => {
  let underWay = 0
  const socket = await peer(
    t,
    agent((request, client) => {
      assert.equal(++underWay, 1)
      setTimeout(() => {
        underWay--
        client.write(`{"return": ${request.arguments.n}}\n`)
      }, 5)
    }),
  )
  const connected = await Agent.connect(socket)
  t.after(() => connected.close())
  assert.deepEqual(await Promise.all([1, 2, 3].map(n => connected.execute('x', { n }))), [1, 2, 3])
})

test('silence is a timeout, of connect too', async t => {
  const socket = await peer(t, () => {})
  await assert.rejects(Agent.connect(socket, { timeoutMs: 50 }), { name: 'Timeout', command: 'guest-sync-delimited' })
})

test('too much is too much: before the sync, as an answer, and unasked', async t => {
  const flood = Buffer.alloc(2 * 1024 * 1024, '{"return": 1}\n')
  const early = await peer(t, client => client.write(flood))
  await assert.rejects(Agent.connect(early), { name: 'ConnectionClosed', reason: 'too_large' })

  const socket = await peer(
    t,
    agent((_, client) => client.write(Buffer.alloc(5000, 0x20))),
  )
  const connected = await Agent.connect(socket)
  const asked = connected.execute('guest-info', undefined, { maxBytes: 4096 })
  await assert.rejects(asked, { name: 'ConnectionClosed', reason: 'too_large' })

  let push: () => void = () => {}
  const unasked = await peer(t, client => {
    agent(() => {})(client)
    push = () => client.write(flood)
  })
  const idle = await Agent.connect(unasked)
  const closed = new Promise<void>(resolve => idle.onClose(resolve))
  push()
  await closed
  assert.equal(idle.closed, true)
})

test('rubbish instead of an answer ends the connection', async t => {
  const connected = await Agent.connect(
    await peer(
      t,
      agent((_, client) => client.write('rubbish\n')),
    ),
  )
  await assert.rejects(connected.execute('guest-info'), { name: 'ConnectionClosed', reason: 'garbage' })
})

test('a refusal is cleaned before it can reach a log', async t => {
  const desc = `\\u001b[31mred\\nline ${'x'.repeat(1000)}`
  const rude = agent((_, client) => client.write(`{"error":{"class":"Generic\\u0000Error","desc":"${desc}"}}\n`))
  const connected = await Agent.connect(await peer(t, rude))
  t.after(() => connected.close())
  await assert.rejects(connected.execute('guest-exec'), {
    name: 'QmpError',
    command: 'guest-exec',
    errorClass: 'Generic?Error',
    message: `?[31mred?line ${'x'.repeat(186)}`,
  })
})
