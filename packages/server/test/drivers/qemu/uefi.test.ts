/** A guest with UEFI and two more disks: flash memory and disks are one state, cut, merged and restored together. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { needs } from '../../../../../test/support/needs.ts'
import { machinesOf } from '../../../../../test/system/support/machines.ts'
import type { SerialShell } from '../../../../../test/system/support/serial.ts'
import { until } from '../../../../../test/system/support/until.ts'
import type { CutDisk, DiskChain, Layer } from '../../../src/drivers/driver.ts'
import { bytesOf, type Guest, type GuestRig, openGuestRig } from './guest-rig.ts'
import { variableIn } from './uefi-variables.ts'

const execute = promisify(execFile)
/** The kernel lets variables of this vendor be changed like any file. */
const VENDOR = 'cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0'
const variableFile = (name: string) => `/sys/firmware/efi/efivars/${name}-${VENDOR}`

describe('a guest with UEFI and two more disks', { skip: needs('qemu-system-x86_64', 'qemu-img', 'qemu-io') }, () => {
  let rig: GuestRig
  let guest: Guest
  let shell: SerialShell

  before(async () => {
    rig = await openGuestRig()
    guest = await rig.make({ firmware: 'uefi' }, 2)
    await start()
  })

  after(() => rig.close())

  async function start(): Promise<void> {
    await rig.driver.start(guest.machine)
    shell = await rig.shell(guest)
    await shell.run('insmod /lib/modules/efivarfs.ko && mount -t efivarfs efivarfs /sys/firmware/efi/efivars')
  }

  const setVariable = (value: string) => shell.run(`printf '\\007\\000\\000\\000${value}' >${variableFile('Tiny')}`)
  const readVariable = async () => (await shell.run(`tail -c +5 ${variableFile('Tiny')}`)).trim()

  test('all are cut at one instant: a counter that is written to one after the other', async () => {
    const round = [
      "printf '%-4096d' $n >/dev/vdb",
      "printf '%-4096d' $n >/dev/vdc",
      `printf '\\007\\000\\000\\000%-8d' $n >${variableFile('Count')}`,
    ]
    // What is written to a device is on its disk when the last one that has it open closes it.
    await shell.run(`(n=0; while [ ! -e /tmp/enough ]; do n=$((n+1)); ${round.join('; ')}; done) & writer=$!`)
    await shell.run(`while [ ! -e ${variableFile('Count')} ]; do usleep 20000; done`)
    const [, second, third, flash] = guest.machine.disks
    assert.ok(second && third && flash)
    const seen: number[] = []
    for (let cut = 0; cut < 16; cut++) {
      await sleep(randomInt(100))
      const cuts = await rig.cut(guest)
      const counts = [
        await countIn(layerOf(cuts, second.diskId)),
        await countIn(layerOf(cuts, third.diskId)),
        Number(
          variableIn(await bytesOf(rig, layerOf(cuts, flash.diskId)), 'Count')
            ?.toString()
            .trim() ?? 0,
        ),
      ] as const
      assert.ok(isOneInstant(counts), `cut ${cut}: ${counts}`)
      seen.push(counts[0])
    }
    await shell.run('touch /tmp/enough; wait $writer')
    assert.ok((seen.at(-1) as number) > (seen[0] as number) && (seen[0] as number) > 0, `it was written: ${seen}`)
  })

  test('variables are merged as the guest runs, outlive its machine, and come back with a restore', async () => {
    const flash = guest.machine.disks.findIndex(disk => disk.role === 'nvram')
    const layers = () => (guest.machine.disks[flash] as DiskChain).layers
    await rig.cut(guest)
    await setVariable('one')
    const restorePoint = await rig.cut(guest)
    await setVariable('two')
    await rig.cut(guest)

    await merge(flash, 1)
    assert.deepEqual((await rig.driver.inspect(guest.id)).chains, chainsOf(guest))
    assert.equal(await readVariable(), 'two')

    // Into a layer that has nothing yet: the header has to tell where it is.
    await rig.cut(guest)
    await setVariable('six')
    const top = layers()[0] as Layer
    const onDisk = async () => variableIn(await bytesOf(rig, top), 'Tiny')?.toString()
    await until('the variable on disk', async () => (await onDisk()) === 'six')
    for (const { pid } of await machinesOf(rig.stateDir)) process.kill(pid, 'SIGKILL')
    await until('its end', async () => (await rig.driver.inspect(guest.id)).state === 'absent')
    assert.equal(await onDisk(), 'six')

    // Without a machine, on a bench: into the layer that is restored below.
    await merge(flash, 3)
    assert.equal(await onDisk(), 'six')

    guest.machine = {
      ...guest.machine,
      disks: await Promise.all(
        guest.machine.disks.map(async disk => {
          const point = layerOf(restorePoint, disk.diskId)
          return { ...disk, layers: [await rig.layerOn(point), ...disk.layers.slice(disk.layers.indexOf(point))] }
        }),
      ),
    }
    await start()
    assert.equal(await readVariable(), 'one')
    assert.deepEqual((await rig.driver.inspect(guest.id)).chains, chainsOf(guest))
  })

  /** Of the layer at this depth of a disk into the one above it. */
  async function merge(disk: number, depth: number): Promise<void> {
    const { driver } = rig
    const { layers } = guest.machine.disks[disk] as DiskChain
    const [child, garbage, base = null] = layers.slice(depth - 1) as [Layer, Layer, Layer?]
    const job = { id: rig.nextId(), garbage, child, base, chain: layers.slice(depth - 1) }
    await driver.copyMerge(job, () => {}, new AbortController().signal)
    await driver.flushMerge(job)
    assert.equal(await driver.pivotMerge(job), true)
    const disks = guest.machine.disks.map((one, at) =>
      at === disk ? { ...one, layers: one.layers.filter(layer => layer !== garbage) } : one,
    )
    guest.machine = { ...guest.machine, disks }
    await driver.discardLayer(garbage)
  }

  async function countIn(layer: Layer): Promise<number> {
    const { stdout } = await execute('qemu-io', [
      '-r',
      '-U',
      '-f',
      'qcow2',
      '-c',
      'read -v 0 16',
      rig.paths.layer(layer),
    ])
    return Number(/^00000000: (?: [0-9a-f]{2}){16} {2}(\d+)/m.exec(stdout)?.[1] ?? 0)
  }
})

function chainsOf({ machine }: Guest): Map<number, number[]> {
  return new Map(machine.disks.map(({ diskId, layers }) => [diskId, layers.map(layer => layer.id)]))
}

/** Written in this order, over and over: none is ahead of one before it, and the first by one at most. */
function isOneInstant(counts: readonly number[]): boolean {
  return counts.every((count, at) => count <= (counts[at - 1] ?? count) && count >= (counts[0] as number) - 1)
}

function layerOf(cuts: readonly CutDisk[], diskId: number): Layer {
  const cut = cuts.find(one => one.diskId === diskId)
  assert.ok(cut)
  return cut.from
}
