import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { tinyGuest } from '../../../../../test/support/guest.ts'
import { needs } from '../../../../../test/support/needs.ts'
import { buildGuest, type Guest, guestKernelArguments } from '../../../src/setup/guest/build.ts'
import { run } from '../../../src/setup/guest/programs.ts'
import { connectAgent } from './agent.ts'

const skip = needs('qemu-system-x86_64', 'qemu-img', 'busybox', 'mke2fs', 'apt-get')

test('a guest that is there already is returned as it is', { skip }, async () => {
  const guest = await tinyGuest()
  const before = await stat(guest.disk)
  const log = () => assert.fail('nothing is left to be done')
  assert.deepEqual(await buildGuest({ outDir: path.dirname(guest.disk), cacheDir: '/nowhere', log }), guest)
  assert.equal((await stat(guest.disk)).mtimeMs, before.mtimeMs)
})

test('a build that fails leaves nothing behind', { skip }, async t => {
  const folder = await temporaryFolder(t)
  const outDir = path.join(folder, 'guest')
  // A file in the place of the cache folder: nothing can be downloaded into it.
  const building = buildGuest({ outDir, cacheDir: import.meta.filename, log: () => {} })
  await assert.rejects(building, { code: 'EEXIST' })
  assert.deepEqual(await readdir(folder), [])
})

test('a program that fails or is missing is named, with what to do', { skip }, async () => {
  await assert.rejects(run('qemu-img', ['info', '/nowhere']), /^GuestBuildError: qemu-img failed: .*nowhere/)
  const absent = run('mke2fs', [], { path: '/nowhere' })
  await assert.rejects(absent, /needs the program mke2fs \(Debian package e2fsprogs\)\. Install it: apt-get install/)
})

test('it boots, its agent answers and freezes, ports have names, a shutdown powers it off', { skip }, async t => {
  const folder = await temporaryFolder(t)
  const qemu = spawn('qemu-system-x86_64', machine(await tinyGuest(), folder), {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  t.after(() => qemu.kill('SIGKILL'))
  const ended = once(qemu, 'exit')

  const agent = await connectAgent(path.join(folder, 'agent'))
  assert.deepEqual(await agent.ask('guest-get-host-name'), { 'host-name': 'web-7' })
  assert.equal(await agent.ask('guest-fsfreeze-freeze'), 1)
  assert.equal(await agent.ask('guest-fsfreeze-thaw'), 1)
  assert.equal(await agent.shell('readlink /dev/virtio-ports/heartbeat'), '/dev/vport0p2\n')
  assert.equal(await agent.shell('echo kept > /data/file; cat /data/file; id -u'), 'kept\n0\n')
  assert.equal(await agent.shell('which fsfreeze'), '/bin/fsfreeze\n')
  // Its address comes by DHCP, a moment after the agent.
  const address = 'until ip -4 addr show dev eth0 | grep inet; do usleep 50000; done'
  assert.match(await agent.shell(address), /inet 10\.0\.2\.15\/24/)
  agent.send('guest-shutdown', { mode: 'powerdown' })
  assert.deepEqual(await ended, [0, null])
  assert.match(await readFile(path.join(folder, 'console'), 'utf8'), /GUEST-READY \d/)
})

async function temporaryFolder(t: { after(f: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'restpoint-guest-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function machine(guest: Guest, folder: string): string[] {
  return [
    ...['-M', 'q35', '-accel', 'tcg', '-m', '256', '-nodefaults', '-display', 'none', '-no-reboot'],
    ...['-kernel', guest.kernel, '-initrd', guest.initrd, '-append', `${guestKernelArguments} hostname=web-7`],
    ...['-drive', `file=${guest.disk},format=qcow2,if=virtio,snapshot=on`],
    ...['-serial', `file:${folder}/console`, '-device', 'virtio-serial'],
    ...['-chardev', `socket,path=${folder}/agent,server=on,wait=off,id=agent`],
    ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
    ...['-chardev', 'null,id=beats', '-device', 'virtserialport,chardev=beats,name=heartbeat'],
    ...['-netdev', 'user,id=net,restrict=on', '-device', 'virtio-net-pci,netdev=net,romfile='],
  ]
}
