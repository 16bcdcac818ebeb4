/**
 * Machines that ran until the host was shut down or crashed are to run again afterwards; those that had ended before
 * are not. What tells is what a machine leaves in its folder: the record of its process, which we take away when we see
 * it end by itself, and QEMU's pid file, which QEMU takes away when it ends in any way but a sudden one.
 */
import type { Host } from './host.ts'
import type { MachinePaths } from './paths.ts'
import { wasOnEarlierBoot } from './process.ts'

/** Whether the machine, which is gone, ended because the host did. */
export async function endedWithHost(host: Host, own: MachinePaths): Promise<boolean> {
  if ((await wasOnEarlierBoot(host, own)) !== true) return false
  if ((await host.fileSize(own.hostEnd)) || (await host.fileSize(own.pidFile))) return true
  // A host that is shut down in order tells all that still runs to end.
  const lastWords = ((await host.readText(own.log)) ?? '').trim().split('\n').slice(-3)
  return lastWords.some(line => line.includes('terminating on signal'))
}

/** QEMU has written its pid: what tells of it is to survive a power cut from now on. */
export async function noteStart(host: Host, own: MachinePaths): Promise<void> {
  await host.sync(own.pidFile)
  await host.sync(own.folder)
}

/** Whoever ends a machine because the host is about to end says so first: nobody had asked for that. */
export async function noteHostEnd(host: Host, own: MachinePaths): Promise<void> {
  await host.writeText(own.hostEnd, '')
}

/** It ended for a reason of its own: that the host ends some time later has nothing to do with it. */
export async function noteOwnEnd(host: Host, own: MachinePaths): Promise<void> {
  if (!(await host.fileSize(own.hostEnd))) await host.unlink(own.record)
}
