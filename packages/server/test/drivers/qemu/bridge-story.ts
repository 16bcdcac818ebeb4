/**
 * Guests on a bridge, and their taps. `bridge.test.ts` starts it in network and mount namespaces of its own, with the
 * bridge there: `node bridge-story.ts guests`, and, without CAP_NET_ADMIN, `node bridge-story.ts without-rights`.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { machinesOf } from '../../../../../test/system/support/machines.ts'
import { until } from '../../../../../test/system/support/until.ts'
import { plainMachine } from '../../../src/drivers/contract/harness.ts'
import type { Network } from '../../../src/drivers/driver.ts'
import { realHost } from '../../../src/drivers/qemu/host.ts'
import { guestPaths } from '../../../src/drivers/qemu/paths.ts'
import { openQemuDriver } from '../../../src/drivers/qemu/qemu-driver.ts'
import { type Guest, type GuestRig, openGuestRig } from './guest-rig.ts'

const bridge = 'rp-test.0'
const ip = (...args: string[]) => execFileSync('ip', args)
const taps = async () => (await readdir('/sys/class/net')).filter(name => /^rp[0-9a-f]{5}-/.test(name))
const fact = async (tap: string, name: string) => (await readFile(`/sys/class/net/${tap}/${name}`, 'utf8')).trim()
const networkOf = (last: string): Network => ({
  type: 'bridge',
  bridge,
  mac: `52:54:00:00:00:${last}`,
  isPlugged: true,
})

const rig = await openGuestRig()
try {
  await (process.argv[2] === 'guests' ? guests(rig) : withoutRights(rig))
} finally {
  await rig.close()
}

async function withoutRights({ driver }: GuestRig): Promise<void> {
  await assert.rejects(driver.checkBridge(bridge), {
    code: 'bridge_unavailable',
    message: /the service may not make network interfaces/,
  })
}

async function withoutProgram(): Promise<void> {
  await rig.reopen(host => ({ ...host, administer: () => Promise.reject(new Error('spawn ip ENOENT')) }))
  await assert.rejects(rig.driver.checkBridge(bridge), { code: 'bridge_unavailable', message: /package iproute2/ })
  await rig.reopen()
}

async function guests({ driver, stateDir, make, paths }: GuestRig): Promise<void> {
  ip('addr', 'add', '10.77.0.1/24', 'dev', bridge)
  ip('link', 'set', bridge, 'up')
  await driver.checkBridge(bridge)
  const config = join(stateDir, 'udhcpd.conf')
  const leases = join(stateDir, 'leases')
  await writeFile(leases, '')
  await writeFile(
    config,
    `interface ${bridge}\nstart 10.77.0.10\nend 10.77.0.20\nlease_file ${leases}\npidfile ${stateDir}/udhcpd.pid\n`,
  )
  const dhcp = spawn('busybox', ['udhcpd', '-f', config], { stdio: 'ignore' })
  const dhcpEnded = once(dhcp, 'exit')

  const [one, two] = [await make({ network: networkOf('01') }), await make({ network: networkOf('02') })]
  for (const guest of [one, two]) await driver.start(guest.machine)
  for (const [guest, last] of [
    [one, '01'],
    [two, '02'],
  ] as const) {
    assert.equal(await told(guest), `guest-${guest.id} 52:54:00:00:00:${last}`)
  }
  const [first, second] = await taps()
  assert.ok(first !== undefined && second !== undefined && first.length <= 15)
  for (const tap of [first, second]) {
    assert.equal(basename(await readlink(`/sys/class/net/${tap}/master`)), bridge)
    assert.equal(await fact(tap, 'owner'), String(process.getuid?.()))
    assert.equal(await fact(tap, 'mtu'), '1400')
  }
  assert.equal(await fact(bridge, 'mtu'), '1400')
  dhcp.kill()
  await dhcpEnded

  // One ends by our hand, the other one by itself.
  await driver.halt(one.id)
  assert.equal((await taps()).length, 1)
  const changed = new Promise<void>(resolve => {
    driver.onEvent(({ serverId }) => serverId === two.id && resolve())
  })
  for (const { pid } of await machinesOf(stateDir)) process.kill(pid, 'SIGKILL')
  await changed
  assert.deepEqual(await taps(), [])

  // What a start that was cut off has left is no hindrance.
  ip('tuntap', 'add', 'dev', first, 'mode', 'tap')
  await driver.start({ ...one.machine, network: networkOf('01') })
  assert.equal(basename(await readlink(`/sys/class/net/${first}/master`)), bridge)

  // A machine that ends while the service is away: the next one clears up, also after a server that nobody knows.
  await driver.close()
  for (const { pid } of await machinesOf(stateDir)) process.kill(pid, 'SIGKILL')
  await until('their end', async () => (await machinesOf(stateDir)).length === 0)
  assert.deepEqual(await taps(), [first])
  await rig.reopen()
  await rig.driver.adopt([])
  assert.deepEqual(await taps(), [])

  await withoutProgram()
  await asAnotherUser(stateDir)
  assert.ok(existsSync(paths.machine(one.id).folder))
  await rig.driver.forget(one.id)
  assert.ok(!existsSync(paths.machine(one.id).folder))
}

async function told(guest: Guest): Promise<string> {
  let answer = ''
  await until('an answer of the guest', async () => {
    const address = (await rig.driver.describe(guest.id))?.ipAddresses[0]
    if (address === undefined) return false
    answer = await fetch(`http://${address}/`)
      .then(reply => reply.text())
      .catch(() => '')
    return answer !== ''
  })
  return answer.trim()
}

/** Who runs QEMU needs no right but to open the device, and gets the tap as its own. */
async function asAnotherUser(stateDir: string): Promise<void> {
  const user = { uid: 12_345, gid: 12_345 }
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/dev/net'])
  execFileSync('mknod', ['-m', '600', '/dev/net/tun', 'c', '10', '200'])
  await chmod(stateDir, 0o711)
  const folder = join(stateDir, 'other')
  const driver = await openQemuDriver(realHost(user), { stateDir: folder, accel: 'tcg', mergeBytesPerSecond: 2 ** 26 })
  await chmod(folder, 0o711)
  await assert.rejects(driver.checkBridge(bridge), {
    code: 'bridge_unavailable',
    message: /may not open \/dev\/net\/tun/,
  })
  await chmod('/dev/net/tun', 0o666)
  const seed = { instanceId: 'i', hostname: 'h', sshKeys: [], userData: null, isClone: false }
  const machine = { ...plainMachine, serverId: 7, disks: [], network: networkOf('07'), seed }
  await driver.start(machine)
  assert.equal((await driver.inspect(7)).state, 'running')
  const [tap] = await taps()
  assert.equal(await fact(tap as string, 'owner'), String(user.uid))
  const disk = await stat(guestPaths(folder).machine(7).seed)
  assert.deepEqual([disk.uid, disk.mode & 0o777], [user.uid, 0o600])
  await driver.halt(7)
  await driver.close()
}
