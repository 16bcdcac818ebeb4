/** A cut that goes wrong while the guest is frozen: it is thawed by us, at once, and not by whoever watches over us. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Monitor } from '@restpoint/qmp/monitor'
import { needs } from '../../../../../test/support/needs.ts'
import type { CutDisk, Layer } from '../../../src/drivers/driver.ts'
import type { Host } from '../../../src/drivers/qemu/host.ts'
import { openGuestRig } from './guest-rig.ts'

test('a transaction that QEMU refuses leaves no guest frozen', {
  skip: needs('qemu-system-x86_64', 'qemu-img'),
  timeout: 90_000,
}, async t => {
  const asked: string[] = []
  const rig = await openGuestRig(host => listened(host, asked))
  t.after(() => rig.close())
  const guest = await rig.make()
  await rig.driver.start(guest.machine)
  const shell = await rig.shell(guest)
  while (!(await rig.driver.inspect(guest.id)).agentConnected) await shell.run('sleep 0.1')

  const cuts: CutDisk[] = []
  for (const { diskId, layers } of guest.machine.disks) {
    const from = layers[0] as Layer
    cuts.push({ diskId, from, to: await rig.layerOn(from) })
  }
  await assert.rejects(rig.driver.cut(guest.id, cuts, 'filesystem'), /nowhere/)
  assert.deepEqual(asked, ['freeze', 'thaw'])
  await shell.run('echo alive > /data/alive && sync')
})

/** The real keeper, and what it did; and a QEMU that is told to switch to a layer which is not there. */
function listened(host: Host, asked: string[]): Host {
  const { keeper } = host
  return {
    ...host,
    async connect(socket, timeoutMs) {
      const monitor = await host.connect(socket, timeoutMs)
      const send = monitor.execute.bind(monitor)
      monitor.execute = ((command: string, args?: Record<string, unknown>, options?: object) =>
        command === 'transaction'
          ? send(command, misled(args), options)
          : send(command, args, options)) as Monitor['execute']
      return monitor
    },
    keeper: {
      rescue: socket => keeper.rescue(socket),
      describe: (socket, timeoutMs) => keeper.describe(socket, timeoutMs),
      shutdown: (socket, mode) => keeper.shutdown(socket, mode),
      start: (socket, program) => keeper.start(socket, program),
      ask: (socket, pid) => keeper.ask(socket, pid),
      kill: (socket, pid) => keeper.kill(socket, pid),
      close: () => keeper.close(),
      async freeze(socket) {
        const frozen = await keeper.freeze(socket)
        asked.push('freeze')
        return frozen
      },
      async thaw(socket) {
        const thawed = await keeper.thaw(socket)
        asked.push('thaw')
        return thawed
      },
    },
  }
}

function misled(args: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(args).replace(/("overlay":")[^"]*/, '$1nowhere')) as Record<string, unknown>
}
