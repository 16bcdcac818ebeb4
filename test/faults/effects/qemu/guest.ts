/** What the guest of a running machine does, done on its second monitor, which the driver leaves alone. */
import { Monitor } from '@restpoint/qmp/monitor'
import type { Db } from '../../../../packages/server/src/db/database.ts'
import { deviceId } from '../../../../packages/server/src/drivers/qemu/command-line.ts'
import { guestPaths } from '../../../../packages/server/src/drivers/qemu/paths.ts'
import { readDisks } from '../../../../packages/server/src/layers/machine.ts'
import { BLOCK_BYTES } from './content.ts'

/** A block, all of one value, and a sync. What QEMU says to it is in its log: whoever reads the disk sees whether it did. */
export async function guestWrite(
  db: Db,
  stateDir: string,
  serverId: number,
  slot: number,
  block: number,
  value: number,
): Promise<void> {
  const disk = (await readDisks(db, serverId)).find(one => one.slot === slot)
  if (!disk) throw new Error(`server ${serverId} has no disk in slot ${slot}`)
  const device = `/machine/peripheral/${deviceId(disk.id)}/virtio-backend`
  await onDoctor(stateDir, serverId, async monitor => {
    for (const command of [`write -P ${value} ${block * BLOCK_BYTES} ${BLOCK_BYTES}`, 'flush']) {
      await monitor.execute('human-monitor-command', { 'command-line': `qemu-io -d ${device} "${command}"` })
    }
  })
}

export function guestStop(stateDir: string, serverId: number): Promise<unknown> {
  return onDoctor(stateDir, serverId, monitor => monitor.execute('stop'))
}

async function onDoctor<Value>(
  stateDir: string,
  serverId: number,
  work: (monitor: Monitor) => Promise<Value>,
): Promise<Value> {
  const monitor = await Monitor.connect(guestPaths(stateDir).machine(serverId).doctor)
  try {
    return await work(monitor)
  } finally {
    monitor.close()
  }
}
