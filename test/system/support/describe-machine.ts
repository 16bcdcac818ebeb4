/** What QEMU says of a machine whose guest does not answer, for whoever reads why a test failed. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Monitor } from '@restpoint/qmp/monitor'

/** Whether it runs, whether its processor moves, what its disks have done and wait for, which jobs go on. */
export async function describeMachine(stateDir: string, serverId: number): Promise<string> {
  try {
    const path = join(stateDir, 'guests/machines', String(serverId), 'doctor.sock')
    const monitor = await Monitor.connect(path, { timeoutMs: 2000 })
    try {
      const places: string[] = []
      for (let look = 0; look < 5; look++) {
        const registers = await monitor.execute<string>('human-monitor-command', { 'command-line': 'info registers' })
        places.push(/RIP=(\w+)/.exec(registers)?.[1] ?? '?')
        await sleep(50)
      }
      const [status, disks, jobs] = await Promise.all(
        ['query-status', 'query-blockstats', 'query-block-jobs'].map(command => monitor.execute(command)),
      )
      return JSON.stringify({ places, status, disks: (disks as { stats: object }[]).map(({ stats }) => stats), jobs })
    } finally {
      monitor.close()
    }
  } catch (error) {
    return `its QEMU does not tell either: ${error}`
  }
}
