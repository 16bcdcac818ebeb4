import assert from 'node:assert/strict'
import type { Updateable } from 'kysely'
import type { Accounts, Images } from '../../src/db/schema.ts'
import { MIB, openWorld, type World } from '../http/harness.ts'
import { test, testOn } from '../support/databases.ts'
import { footprint, made, plan, sshKey, waiting } from './support.ts'

test('a server is made from an image: 201 at once, started when it is made', async t => {
  const world = await openWorld(t, { engine: false })
  const wanted = {
    name: 'Web_01',
    image_id: 1,
    plan: { ...plan, name: 'small' },
    disks: [{ size_gb: 2 }, { size_gb: 3 }],
  }
  const { status, headers, body } = await world.post('servers/', wanted)
  assert.equal(status, 201)
  assert.match(String(headers['operation-id']), /^\d+$/)
  const { id, uuid, created_at, updated_at, network, identity, ...rest } = body
  assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
  assert.deepEqual(rest, {
    name: 'Web_01',
    hostname: 'web-01',
    status: 'creating',
    status_reason: null,
    ip_address: null,
    location: 'local',
    plan: { id, name: 'small', vcpus: 1, memory: 256, storage: 1 },
    os: { id: 1, name: 'Tiny Linux' },
    agent: { connected: false },
    undo: { available: false, until: null, operation_id: null, hours: 24 },
    snapshots: { count: 0, limit: 5 },
    disks: [
      { slot: 0, size_gb: 1, role: 'disk' },
      { slot: 1, size_gb: 2, role: 'disk' },
      { slot: 2, size_gb: 3, role: 'disk' },
    ],
    firmware: 'bios',
    autostart: true,
    cloned_from: null,
  })
  assert.match(network.mac, /^52:54:00(:[0-9a-f]{2}){3}$/)
  assert.deepEqual(
    { ...network, mac: 0, forwards: network.forwards.map((forward: object) => ({ ...forward, host_port: 0 })) },
    {
      type: 'user',
      bridge: null,
      mac: 0,
      quarantine: false,
      forwards: [{ host: '127.0.0.1', host_port: 0, guest_port: 22 }],
    },
  )
  assert.deepEqual([identity.mac, identity.uuid, identity.machine_id], ['new', 'new', 'copied'])
  assert.match(identity.note, /systemd-machine-id-setup/)

  await world.startEngine()
  await world.service.engine.waitFor(Number(headers['operation-id']), 20_000)
  const { body: now } = await world.call(`servers/${id}/`)
  assert.deepEqual([now.status, now.status_reason], ['active', null])
  const machine = world.memory.controls.started(id)
  assert.deepEqual(
    machine.disks.map(disk => [disk.slot, disk.role, disk.layers[0]?.sizeBytes, disk.layers.length]),
    [
      [0, 'disk', 2 ** 30, 2],
      [1, 'disk', 2 * 2 ** 30, 1],
      [2, 'disk', 3 * 2 ** 30, 1],
    ],
  )
  assert.equal(machine.seed?.hostname, 'web-01')
  assert.equal(machine.network.type === 'user' && machine.network.mac, network.mac)
})

test('what is given reaches the machine: UEFI, a bridge, cloud-init, no start after a restart of the host', async t => {
  const world = await openWorld(t)
  world.memory.controls.addBridge('br0')
  await world.db.updateTable('images').set({ cloud_init: 1 }).execute()
  const user_data = '#cloud-config\npackages: [nginx]\n'
  const server = await made(world, {
    hostname: 'db.example.test',
    location: 'Attic 2',
    firmware: 'uefi',
    network: 'bridge:br0',
    cloud_init: { user_data, ssh_keys: [`${sshKey}\n`] },
    autostart: false,
  })
  assert.deepEqual(
    [server.hostname, server.location, server.firmware, server.autostart, server.disks.at(-1).role],
    ['db.example.test', 'Attic 2', 'uefi', false, 'nvram'],
  )
  assert.deepEqual(
    { ...server.network, mac: 0 },
    { type: 'bridge', bridge: 'br0', mac: 0, quarantine: false, forwards: [] },
  )
  assert.deepEqual([server.identity.hostname, server.identity.note], ['by_cloud_init', null])
  const machine = world.memory.controls.started(server.id)
  assert.deepEqual(machine.network, { type: 'bridge', bridge: 'br0', mac: server.network.mac, isPlugged: true })
  assert.equal(machine.firmware, 'uefi')
  const { instanceId, ...seed } = machine.seed as NonNullable<typeof machine.seed>
  assert.match(instanceId, /^i-[0-9a-f-]{36}$/)
  assert.deepEqual(seed, { hostname: 'db.example.test', sshKeys: [sshKey], userData: user_data, isClone: false })
  // It is nobody's business what was given to cloud-init.
  for (const path of [`servers/${server.id}/`, 'servers/', 'operations/']) {
    assert.doesNotMatch((await world.call(path)).text, /nginx/)
  }
})

test('an image with a kernel boots by it: no seed, the host name from its arguments', async t => {
  const world = await openWorld(t)
  const kernel = { kernel: '/k', initrd: '/i', append: 'quiet' }
  await world.db
    .updateTable('images')
    .set({ kernel: JSON.stringify(kernel) })
    .execute()
  const server = await made(world, { name: 'web', hostname: 'web.example.test', network: 'none' })
  const machine = world.memory.controls.started(server.id)
  assert.deepEqual([machine.kernel, machine.seed], [{ ...kernel, append: 'quiet hostname=web' }, null])
  assert.deepEqual(server.network, { type: 'none', bridge: null, mac: null, quarantine: false, forwards: [] })
  assert.deepEqual([server.identity.hostname, server.identity.mac], ['new', null])
  for (const [field, body] of Object.entries({
    cloud_init: { cloud_init: { ssh_keys: [sshKey] } },
    firmware: { firmware: 'uefi' },
  })) {
    const refused = await world.post('servers/', { name: 'a', image_id: 1, plan, ...body })
    assert.deepEqual([refused.status, Object.keys(refused.body.errors)], [400, [field]])
  }
})

test('forwarded ports: named ones, free ones, and never one twice', async t => {
  const world = await openWorld(t)
  const forwards = [{ guest_port: 80, host_port: 20_001 }, { guest_port: 22 }, { guest_port: 443 }]
  const first = await made(world, { forwards })
  const second = await made(world, { forwards: [{ guest_port: 80 }, { guest_port: 22 }] })
  const ports = [first, second].flatMap(server =>
    server.network.forwards.map((one: { host_port: number }) => one.host_port),
  )
  assert.equal(new Set(ports).size, 5)
  const chosen = first.network.forwards.find((one: { guest_port: number }) => one.guest_port === 80)
  assert.equal(chosen.host_port, 20_001)
  // Stopped, its port is free on the host, and still its own.
  await world.post(`servers/${first.id}/stop/`, undefined, waiting)
  const { status, body } = await world.post('servers/', { name: 'a', image_id: 1, plan, forwards })
  assert.deepEqual([status, body.code], [400, 'port_taken'])
  assert.equal((await made(world, { forwards: [] })).network.forwards.length, 0)
})

test('many at once have names, ports and addresses of their own', async t => {
  const world = await openWorld(t)
  const servers = await Promise.all(Array.from({ length: 8 }, () => made(world)))
  for (const part of ['id', 'uuid']) assert.equal(new Set(servers.map(server => server[part])).size, 8)
  assert.equal(new Set(servers.map(server => server.network.mac)).size, 8)
  assert.equal(new Set(servers.map(server => server.network.forwards[0].host_port)).size, 8)
})

test('one Idempotency-Key makes one server, also when its port is taken since', async t => {
  const world = await openWorld(t)
  const body = { name: 'once', image_id: 1, plan, forwards: [{ guest_port: 22, host_port: 20_500 }] }
  const send = () => world.post('servers/', body, { headers: { 'idempotency-key': 'k', prefer: 'wait=30' } })
  const first = await send()
  const again = await send()
  assert.deepEqual([first.status, again.status, again.body], [201, 201, first.body])
  assert.equal((await world.call('servers/')).body.count, 2)
})

interface Refusal {
  readonly code: string
  readonly body?: object
  /** Brings the host or the account to where it is refused; what it answers brings it back. */
  readonly when?: (world: World) => Promise<() => unknown> | (() => unknown)
}

const image =
  (row: Updateable<Images>) =>
  async ({ db }: World) => {
    const before = await db.selectFrom('images').selectAll().where('id', '=', 1).executeTakeFirstOrThrow()
    await db.updateTable('images').set(row).where('id', '=', 1).execute()
    const { id: _, ...rest } = before
    return () => db.updateTable('images').set(rest).where('id', '=', 1).execute()
  }
const quota = (row: Updateable<Accounts>) => async (world: World) => {
  await world.db.updateTable('accounts').set(row).execute()
  return () => world.db.updateTable('accounts').set({ quota_servers: null, quota_bytes: null }).execute()
}

const refusals: readonly Refusal[] = [
  { code: 'image_not_available', body: { image_id: 99 } },
  { code: 'image_not_available', when: image({ status: 'importing' }) },
  { code: 'image_not_available', when: image({ status: 'failed', layer_id: null }) },
  { code: 'image_not_available', when: image({ deleted_at: 1 }) },
  { code: 'not_enough_memory', body: { plan: { ...plan, memory: 65_537 } } },
  { code: 'not_enough_memory', body: { plan: { ...plan, memory: Number.MAX_SAFE_INTEGER } } },
  {
    code: 'not_enough_memory',
    when: ({ memory: { controls } }) => {
      controls.setMemory(65_536, 255)
      return () => controls.setMemory(65_536, 65_536)
    },
  },
  {
    code: 'not_enough_space',
    when: ({ memory: { controls } }) => {
      controls.setFreeBytes(1024 * 1024 - 1)
      return () => controls.setFreeBytes(2 ** 40)
    },
  },
  { code: 'quota_exceeded', when: quota({ quota_servers: 1 }) },
  { code: 'quota_exceeded', when: quota({ quota_bytes: 0 }) },
  { code: 'bridge_unavailable', body: { network: 'bridge:nowhere' } },
  {
    code: 'port_taken',
    body: { forwards: [{ guest_port: 22, host_port: 2222 }] },
    when: ({ memory: { controls } }) => {
      controls.takePort(2222)
      return () => {}
    },
  },
  {
    code: 'firmware_unavailable',
    body: { firmware: 'uefi' },
    when: ({ memory: { controls } }) => {
      controls.setFirmware(false)
      return () => controls.setFirmware(true)
    },
  },
  {
    // The image holds more than the plan's storage.
    code: 'invalid_request',
    when: async ({ db }) => {
      const layer = db.updateTable('layers').where('is_image', '=', 1)
      await layer.set({ size_bytes: 2 ** 30 + 1 }).execute()
      return () => layer.set({ size_bytes: 64 * MIB }).execute()
    },
  },
]

test('whatever the host, the image or the account refuses has its code and leaves nothing', async t => {
  const world = await openWorld(t, { engine: false, reserveMb: 1 })
  const was = await footprint(world)
  for (const { code, body, when } of refusals) {
    const back = await when?.(world)
    const reply = await world.post('servers/', { name: 'a', image_id: 1, plan, ...body })
    const about = `${code} ${JSON.stringify(body)}: ${reply.text}`
    assert.deepEqual([reply.status, reply.body.code], [400, code], about)
    assert.ok(reply.body.detail.length > 10, about)
    await back?.()
    assert.deepEqual(await footprint(world), was, about)
  }
  // It was none of the rest that refused it.
  assert.equal((await world.post('servers/', { name: 'a', image_id: 1, plan })).status, 201)
})

const key = (line: string) => ({ ssh_keys: [line] })
const config = (text: string) => ({ user_data: text })
const port = (guest_port: number, host_port?: number) => ({
  guest_port,
  ...(host_port === undefined ? {} : { host_port }),
})

/** Field → values that it must not have. */
const invalid: Readonly<Record<string, readonly unknown[]>> = {
  plan: [
    ...[{ memory: 63 }, { memory: '256' }, { vcpus: 0 }, { vcpus: 65 }, { vcpus: 1.5 }].map(part => ({
      ...plan,
      ...part,
    })),
    ...[{ storage: 0 }, { storage: 16_385 }, { cpu: 1 }, { name: '' }].map(part => ({ ...plan, ...part })),
    ...[{}, null, undefined, 'small', [plan]],
  ],
  disks: [[{ size_gb: 0 }], [{}], [{ size_gb: 1, size: 2 }], Array(8).fill({ size_gb: 1 }), {}, null],
  name: ['', '-a', 'a b', 'a/b', 'n'.repeat(256), 'ä', 'a\n', 7, null, undefined],
  hostname: ['a_b', '-a', 'a b', '$(x)', 'a init=/bin/sh', 'n'.repeat(64), 'a\n', '', null],
  location: ['', 'a\nb', 7],
  network: ['bridge:', 'bridge:../x', 'bridge:br0,id=x', `bridge:${'b'.repeat(16)}`, 'tap0', 'User', null],
  forwards: [
    ...[[port(0)], [port(65_536)], [{}], [port(22, 22)], [port(22, 65_536)], [{ ...port(22), host: '0.0.0.0' }]],
    ...[[port(1, 3000), port(2, 3000)], Array(17).fill(port(22)), port(22), null],
  ],
  cloud_init: [
    ...[config('packages: [nginx]'), config(''), config(`#cloud-config\n${'#'.repeat(16 * 1024)}`), config(7 as never)],
    ...[key('ssh-ed25519 AAAA'), key(sshKey.slice(11)), key(`command="sh" ${sshKey}`), key(`${sshKey}\n${sshKey}`)],
    ...[key('-----BEGIN OPENSSH PRIVATE KEY-----'), key(sshKey.replace('ssh-ed25519', 'ssh-rsa')), key('')],
    ...[{ ssh_keys: Array(33).fill(sshKey) }, { users: [] }, '#cloud-config', null],
  ],
  firmware: ['coreboot', null],
  autostart: ['yes', null, 1],
  image_id: [0, 'one', 2 ** 53, null, undefined],
  quarantine: [true],
  kernel: ['/etc/passwd'],
}

testOn('sqlite', 'what is wrong in itself is refused by the name of its field, and leaves nothing', async t => {
  const world = await openWorld(t, { engine: false })
  const was = await footprint(world)
  for (const [field, values] of Object.entries(invalid)) {
    for (const value of values) {
      const reply = await world.post('servers/', { name: 'a', image_id: 1, plan, [field]: value })
      const about = `${field} ${JSON.stringify(value)?.slice(0, 200)}: ${reply.text.slice(0, 300)}`
      assert.deepEqual([reply.status, reply.body.code], [400, 'invalid_request'], about)
      assert.deepEqual(Object.keys(reply.body.errors), [field], about)
      for (const message of reply.body.errors[field]) assert.match(message, /\w{2}.*\.$/, about)
    }
  }
  const { body } = await world.post('servers/', { name: 'a', image_id: 1, plan, network: 'none', forwards: [port(22)] })
  assert.deepEqual(Object.keys(body.errors), ['forwards'])
  assert.deepEqual(await footprint(world), was)
})

test('user data of 1 MB is too large a body', async t => {
  const world = await openWorld(t, { engine: false })
  const was = await footprint(world)
  const user_data = `#cloud-config\n${'#'.repeat(1024 * 1024)}`
  const { status, body } = await world.post('servers/', { name: 'a', image_id: 1, plan, cloud_init: { user_data } })
  assert.deepEqual([status, body.code], [413, 'body_too_large'])
  assert.deepEqual(await footprint(world), was)
})

test('one that cannot be made stays as failed, without disks and ports, and can be deleted', async t => {
  const world = await openWorld(t, { engine: false })
  const was = await footprint(world)
  const forwards = [port(22, 20_600)]
  const body = { name: 'a', image_id: 1, plan, disks: [{ size_gb: 1 }], firmware: 'uefi', forwards }
  const { body: server } = await world.post('servers/', body)
  // Somebody else is faster.
  world.memory.controls.takePort(20_600)
  await world.startEngine()
  const [operation] = await world.db.selectFrom('operations').select('id').execute()
  await world.service.engine.waitFor(operation?.id as number, 20_000)
  const { body: failed } = await world.call(`servers/${server.id}/`)
  assert.equal(failed.status, 'failed')
  assert.match(failed.status_reason, /could not be made: .*20600/)
  assert.deepEqual([failed.disks, failed.network.forwards], [[], []])
  const is = await footprint(world)
  assert.deepEqual({ ...is, servers: 0, operations: 0 }, { ...was, servers: 0, operations: 0 })
  for (const action of ['start', 'stop', 'reboot']) {
    assert.equal((await world.post(`servers/${server.id}/${action}/`)).body.code, 'server_wrong_state')
  }
  assert.equal((await world.post('snapshots/', { server_id: server.id, name: 's' })).body.code, 'server_wrong_state')
  assert.equal((await world.call(`servers/${server.id}/`, { method: 'DELETE' })).status, 204)
  assert.equal((await world.call(`servers/${server.id}/`)).status, 404)
})
