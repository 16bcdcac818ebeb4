/** How a machine ended, and on which boot of the host, tells whether it is to run again after a boot. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { needs } from '../../../../../test/support/needs.ts'
import { withDoctor } from '../../../../../test/system/support/chains.ts'
import { machinesOf } from '../../../../../test/system/support/machines.ts'
import { until } from '../../../../../test/system/support/until.ts'
import { realHost } from '../../../src/drivers/qemu/host.ts'
import { noteHostEnd } from '../../../src/drivers/qemu/host-end.ts'
import { type Guest, type GuestRig, openGuestRig } from './guest-rig.ts'
import { onBoot } from './harness.ts'

const skip = needs('qemu-system-x86_64', 'qemu-img')

async function signal(rig: GuestRig, name: NodeJS.Signals): Promise<void> {
  for (const { pid } of await machinesOf(rig.stateDir)) process.kill(pid, name)
}

const gone = (rig: GuestRig) => until('its end', async () => (await machinesOf(rig.stateDir)).length === 0)

interface Ending {
  readonly end: (rig: GuestRig, guest: Guest) => Promise<void>
  readonly isHostsEnd: boolean
}

const endings: Readonly<Record<string, Ending>> = {
  'the host crashed': { end: rig => rig.driver.close().then(() => signal(rig, 'SIGKILL')), isHostsEnd: true },
  'the host was shut down, the service first': {
    end: rig => rig.driver.close().then(() => signal(rig, 'SIGTERM')),
    isHostsEnd: true,
  },
  'the host was shut down, the service last': {
    end: async (rig, guest) => {
      const told = new Promise<void>(resolve =>
        rig.driver.onEvent(({ serverId }) => serverId === guest.id && resolve()),
      )
      await signal(rig, 'SIGTERM')
      await gone(rig)
      await told
    },
    isHostsEnd: true,
  },
  'somebody powered it off because the host was to end': {
    end: async (rig, guest) => {
      await noteHostEnd(realHost(null), rig.paths.machine(guest.id))
      await rig.driver.stop(guest.id, 0)
    },
    isHostsEnd: true,
  },
  'it ended by itself, and nobody was there to see it': {
    end: async (rig, guest) => {
      await rig.driver.close()
      await withDoctor(rig.stateDir, guest.id, monitor => monitor.execute('quit'))
    },
    isHostsEnd: false,
  },
  'it was stopped': { end: (rig, guest) => rig.driver.stop(guest.id, 0), isHostsEnd: false },
}

for (const [how, { end, isHostsEnd }] of Object.entries(endings)) {
  test(`${how}: ${isHostsEnd ? 'to run again' : 'not to run again'}`, { skip }, async t => {
    const rig = await openGuestRig(host => onBoot('first', host))
    t.after(() => rig.close())
    const guest = await rig.make()
    await rig.driver.start(guest.machine)
    await end(rig, guest)
    await gone(rig)
    await rig.reopen(host => onBoot('second', host))
    const { endedWithHost } = await rig.driver.adopt([guest.id])
    assert.deepEqual(endedWithHost, isHostsEnd ? [guest.id] : [])
  })
}

test('whatever ended it, on the same boot it is not for us to start it again', { skip }, async t => {
  const rig = await openGuestRig(host => onBoot('first', host))
  t.after(() => rig.close())
  const guest = await rig.make()
  await rig.driver.start(guest.machine)
  await endings['the host was shut down, the service first']?.end(rig, guest)
  await gone(rig)
  for (const boot of ['first', 'second']) {
    await rig.reopen(host => onBoot(boot, host))
    assert.deepEqual((await rig.driver.adopt([guest.id])).endedWithHost, [])
  }
})

test('a process of another boot is none of ours, however much it looks like it', { skip }, async t => {
  const rig = await openGuestRig()
  t.after(() => rig.close())
  const guest = await rig.make()
  await rig.driver.start(guest.machine)
  const { record } = rig.paths.machine(guest.id)
  const written = JSON.parse(await readFile(record, 'utf8'))
  await writeFile(record, JSON.stringify({ ...written, bootId: 'another' }))
  await rig.reopen()
  assert.equal((await rig.driver.inspect(guest.id)).state, 'absent')
  await writeFile(record, JSON.stringify(written))
  assert.equal((await rig.driver.inspect(guest.id)).state, 'running')
})
