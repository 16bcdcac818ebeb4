/** Who a guest is told it is: cloud-init's disk, and the VM generation id. */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { test } from 'node:test'
import { needs } from '../../../../../test/support/needs.ts'
import type { Seed } from '../../../src/drivers/driver.ts'
import { seedFiles } from '../../../src/drivers/qemu/seed.ts'
import { openGuestRig } from './guest-rig.ts'

const seed: Seed = {
  instanceId: 'i-0001',
  hostname: 'one',
  sshKeys: ['ssh-ed25519 AAAA ada@example', 'ssh-rsa BBBB "quoted": {and} [more] # \u{1f511} \u0085\u2028'],
  userData: '#cloud-config\npassword: "s3cret\n\tü €"\n...\n---\n',
  isClone: true,
}
const md5 = (text: string) => createHash('md5').update(text).digest('hex')

test('a guest finds them, its own disks where they were, and nobody else reads them', {
  skip: needs('qemu-system-x86_64', 'qemu-img', 'xorriso'),
}, async t => {
  const rig = await openGuestRig()
  t.after(() => rig.close())
  const generationId = randomUUID()
  const guest = await rig.make({ seed, generationId }, 1)
  await rig.driver.start({ ...guest.machine, seed: { ...seed, userData: 'x'.repeat(100_000) } })
  await rig.driver.halt(guest.id)
  await rig.driver.start(guest.machine)
  const own = rig.paths.machine(guest.id)
  assert.equal((await stat(own.seed)).mode & 0o777, 0o600)
  assert.ok(!(await readdir(own.folder)).includes('seed'), 'the files it was made of are gone')

  const shell = await rig.shell(guest)
  assert.equal(
    (await shell.run('cd /sys/block; cat vda/ro vdb/ro vdc/ro; ls -d vd*; cd')).split(/\s+/).join(' '),
    '0 0 1 vda vdb vdc ',
  )
  await shell.run(
    'insmod /lib/modules/cdrom.ko; insmod /lib/modules/isofs.ko; mkdir /tmp/seed; mount -r -t iso9660 /dev/vdc /tmp/seed',
  )
  assert.equal(await shell.run('dd if=/dev/vdc bs=1 skip=32808 count=32 2>/dev/null'), 'cidata'.padEnd(32))
  const sums = Object.fromEntries(
    (await shell.run('cd /tmp/seed; md5sum *; cd'))
      .trim()
      .split('\n')
      .map(line => line.split(/\s+/).reverse()),
  )
  const files = Object.entries(seedFiles(seed)).map(([name, text]) => [name, md5(text)])
  assert.deepEqual(sums, Object.fromEntries(files))

  // Only where there is one, and another one each time.
  const id = async () => (await shell.run('sh /tmp/seed/vendor-data; cat /etc/machine-id 2>/dev/null; true')).trim()
  assert.equal(await id(), '')
  await shell.run('mkdir -p /var/lib/dbus; echo old >/etc/machine-id; echo old >/var/lib/dbus/machine-id')
  const [first, second] = [await id(), await id()]
  assert.match(first, /^[0-9a-f]{32}$/)
  assert.match(second, /^[0-9a-f]{32}$/)
  assert.notEqual(first, second)
  assert.equal((await shell.run('cat /var/lib/dbus/machine-id')).trim(), second)

  await shell.run('insmod /lib/modules/qemu_fw_cfg.ko')
  const bytes = await shell.run(
    'dd if=/sys/firmware/qemu_fw_cfg/by_name/etc/vmgenid_guid/raw bs=1 skip=40 count=16 2>/dev/null | hexdump -e \'16/1 "%02x"\'',
  )
  assert.equal(bytes.trim(), littleEndian(generationId))

  await rig.driver.halt(guest.id)
  await rig.driver.forget(guest.id)
  assert.ok(!existsSync(own.folder))
})

/** As the firmware has it: the first three numbers of a UUID with their bytes the other way round. */
function littleEndian(uuid: string): string {
  const turned = (hex: string) => hex.match(/../g)?.reverse().join('') ?? ''
  const [a = '', b = '', c = '', ...rest] = uuid.split('-')
  return [turned(a), turned(b), turned(c), ...rest].join('')
}

test('meta-data is JSON, and YAML to the letter', () => {
  const text = seedFiles(seed)['meta-data'] ?? ''
  assert.deepEqual(JSON.parse(text), {
    'instance-id': seed.instanceId,
    'local-hostname': seed.hostname,
    'public-keys': seed.sshKeys,
  })
  // YAML 1.1, c-printable; and no line breaks but the last one.
  assert.match(text, /^[\u0020-\u007e\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*\n$/u)
})

test('who is no clone keeps its machine id, and user data that nobody gave is empty', () => {
  const files = seedFiles({ ...seed, userData: null, isClone: false })
  assert.equal(files['user-data'], '#cloud-config\n{}\n')
  assert.equal(files['vendor-data'], '#cloud-config\n{}\n')
})
