/** Guests on a bridge, in a network of this test's own: the host's is left alone. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { needs } from '../../../../../test/support/needs.ts'
import { mayChangeNetwork, rightsRemover } from '../../../src/drivers/qemu/rights.ts'

const execute = promisify(execFile)
const options = {
  skip: needs('qemu-system-x86_64', 'qemu-img', 'ip', 'busybox', 'unshare') || (process.getuid?.() !== 0 && 'not root'),
}
const story = join(import.meta.dirname, 'bridge-story.ts')

/** What /sys tells of the network is that of whoever has mounted it. */
function inOwnNetwork(words: readonly string[]) {
  const steps = [
    'mount -t sysfs sysfs /sys',
    'ip link set lo up',
    'ip link add rp-test.0 mtu 1400 type bridge',
    'exec "$@"',
  ]
  const script = steps.join(' && ')
  return execute('unshare', ['--net', '--mount', 'sh', '-c', script, 'sh', ...words], { maxBuffer: 2 ** 24 })
}

test('guests are reached on a bridge; their taps come and go with them', options, async () => {
  await inOwnNetwork([process.execPath, story, 'guests'])
})

test('a service without the right to change the network says so', options, async () => {
  const without = ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin']
  await inOwnNetwork([...without, process.execPath, story, 'without-rights'])
})

const user = ['--reuid=65534', '--clear-groups']
const given = ['--inh-caps=+net_admin', '--ambient-caps=+net_admin']
const status = ['cat', '/proc/self/status'] as const

test('what the service starts has none of the rights that a unit gave the service', options, async () => {
  const read = async (words: readonly string[]) => (await execute('setpriv', [...user, ...given, ...words])).stdout
  const own = await read(status)
  assert.equal(mayChangeNetwork(own), true)
  const [program, args] = rightsRemover(own)('cat', ['/proc/self/status'])
  const left = await read([program, ...args])
  assert.equal(mayChangeNetwork(left), false)
  for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) assert.match(left, new RegExp(`^Cap${set}:\\t0+$`, 'm'))
})

test('without such rights it is started as it is', () => {
  assert.deepEqual(rightsRemover('CapAmb:\t0000000000000000\n')('cat', ['x']), ['cat', ['x']])
})
