/** A guest on the network `user`: who reaches it, what it reaches, and its cable. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { after, before, describe, type TestContext, test } from 'node:test'
import { needs } from '../../../../../test/support/needs.ts'
import { machinesOf } from '../../../../../test/system/support/machines.ts'
import type { SerialShell } from '../../../../../test/system/support/serial.ts'
import { until } from '../../../../../test/system/support/until.ts'
import type { Network } from '../../../src/drivers/driver.ts'
import type { Host } from '../../../src/drivers/qemu/host.ts'
import { type Guest, type GuestRig, openGuestRig } from './guest-rig.ts'

const skip = needs('qemu-system-x86_64', 'qemu-img')
const mac = '52:54:00:0a:0b:0c'

async function networkOf(rig: GuestRig, isPlugged: boolean): Promise<{ url: string; network: Network }> {
  const hostPort = await rig.driver.findPort(null)
  const network = { type: 'user', mac, forwards: [{ hostPort, guestPort: 80 }], isPlugged } as const
  return { url: `http://127.0.0.1:${hostPort}/`, network }
}

/** What the guest answers; null: it does not, or not soon. */
async function ask(url: string): Promise<string | null> {
  return fetch(url, { signal: AbortSignal.timeout(2_000), headers: { connection: 'close' } })
    .then(reply => reply.text())
    .catch(() => null)
}

describe('a guest on the network user', { skip }, () => {
  let rig: GuestRig
  let guest: Guest
  let shell: SerialShell
  let url: string

  before(async () => {
    rig = await openGuestRig()
    const wired = await networkOf(rig, true)
    url = wired.url
    guest = await rig.make({ network: wired.network })
    await rig.driver.start(guest.machine)
    shell = await rig.shell(guest)
    await until('an answer of the guest', async () => (await ask(url)) !== null)
  })
  after(() => rig.close())

  test('is reached through its forwarded port, has our MAC, and tells its address', async () => {
    assert.equal((await ask(url))?.trim(), `guest-${guest.id} ${mac}`)
    await until('the agent', async () => (await rig.driver.describe(guest.id)) !== null)
    assert.deepEqual(await rig.driver.describe(guest.id), {
      ipAddresses: ['10.0.2.15'],
      osName: 'Tiny Linux (busybox)',
    })
  })

  test('does not reach what listens on the loopback of the host alone', async t => {
    const { server, callers } = await listen()
    t.after(() => server.close())
    const { port } = server.address() as { port: number }
    // The gateway stands for the host; so does 127.0.0.1, asked for by a guest that has no loopback of its own.
    const ownLoopbackGone = [
      'ip link set lo down',
      'ip route del table local local 127.0.0.0/8',
      'echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet',
      'ip route add 127.0.0.0/8 via 10.0.2.2',
    ]
    const tries = [`nc -w 1 10.0.2.2 ${port}`, `{ ${ownLoopbackGone.join('; ')}; nc -w 1 127.0.0.1 ${port}; }`]
    for (const attempt of tries) await shell.run(`{ echo hello | ${attempt}; } >/dev/null 2>&1; true`)
    assert.deepEqual(callers, [])
    assert.notEqual(await ask(url), null)
  })

  test('loses its cable and gets it back as it runs', async () => {
    await rig.driver.setPlugged(guest.id, false)
    assert.equal((await shell.run('cat /sys/class/net/eth0/carrier')).trim(), '0')
    assert.equal(await ask(url), null)
    await rig.driver.setPlugged(guest.id, true)
    assert.equal((await shell.run('cat /sys/class/net/eth0/carrier')).trim(), '1')
    await until('an answer of the guest', async () => (await ask(url)) !== null)
  })
})

interface Listening {
  readonly server: Server
  readonly callers: unknown[]
}

async function listen(): Promise<Listening> {
  const callers: unknown[] = []
  const server = createServer(socket => {
    callers.push(socket.remotePort)
    socket.destroy()
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return { server, callers }
}

describe('a guest whose cable is unplugged', { skip }, () => {
  /** Its start was cut off before the cable was unplugged, and there is a new service. What that sends is in `sent`. */
  async function cutOff(t: TestContext) {
    const rig = await openGuestRig(host => overheard(host, [], 'set_link'))
    t.after(() => rig.close())
    const { url, network } = await networkOf(rig, false)
    const guest = await rig.make({ network })
    await assert.rejects(rig.driver.start(guest.machine), /no answer/)
    assert.equal((await rig.driver.inspect(guest.id)).state, 'paused')
    const sent: string[] = []
    await rig.reopen(host => overheard(host, sent))
    await rig.driver.adopt([guest.id])
    return { rig, guest, url, sent }
  }

  test('has never had it, also where its start was cut off and it is started again; then it gets it', async t => {
    const { rig, guest, url } = await cutOff(t)
    await rig.driver.start(guest.machine)
    assert.equal((await rig.driver.inspect(guest.id)).state, 'running')
    const shell = await rig.shell(guest)
    // The kernel counts changes since it has seen the card first.
    assert.equal((await shell.run('cd /sys/class/net/eth0; cat carrier carrier_up_count')).trim(), '0\n0')
    await rig.driver.setPlugged(guest.id, true)
    await until('an answer of the guest', async () => (await ask(url)) !== null)
  })

  test('loses it before it is resumed, or asked to power off, where its start was cut off', async t => {
    for (const go of ['resume', 'stop'] as const) {
      const { rig, guest, sent } = await cutOff(t)
      await rig.driver[go](guest.id, 0)
      assert.ok(sent.includes('cont'))
      assert.equal(sent.filter(command => command === 'cont' || command === 'set_link')[0], 'set_link')
    }
  })

  test('does not run where it could not be unplugged', async t => {
    const sent: string[] = []
    const rig = await openGuestRig(host => overheard(host, sent, 'set_link'))
    t.after(() => rig.close())
    const guest = await rig.make({ network: (await networkOf(rig, false)).network })
    await assert.rejects(rig.driver.start(guest.machine), /no answer/)
    await assert.rejects(rig.driver.resume(guest.id), /no answer/)
    await rig.driver.stop(guest.id, 0)
    assert.deepEqual(await machinesOf(rig.stateDir), [])
    assert.ok(!sent.includes('cont'), sent.join(' '))
  })
})

/** Notes what is sent to QEMU. `unanswered` never gets there, as where the service ends at that point. */
function overheard(host: Host, sent: string[], unanswered?: string): Host {
  return {
    ...host,
    async connect(socket, timeoutMs) {
      const monitor = await host.connect(socket, timeoutMs)
      const send = monitor.execute.bind(monitor)
      monitor.execute = (async (command: string, args?: Record<string, unknown>, options?: object) => {
        sent.push(command)
        if (command === unanswered) throw new Error(`${command}: no answer`)
        return send(command, args, options)
      }) as typeof monitor.execute
      return monitor
    },
  }
}

test('a port that somebody else has: the machine does not start, says which, and leaves nothing', { skip }, async t => {
  const rig = await openGuestRig()
  t.after(() => rig.close())
  const { server } = await listen()
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const forwards = [{ hostPort: port, guestPort: 22 }]
  const guest = await rig.make({ network: { type: 'user', mac, forwards, isPlugged: true } })
  await assert.rejects(rig.driver.start(guest.machine), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'port_taken')
    assert.match(error.message, new RegExp(`\\b${port}\\b`))
    return true
  })
  assert.deepEqual(await machinesOf(rig.stateDir), [])
  await assert.rejects(rig.driver.findPort(port), { code: 'port_taken' })
})
