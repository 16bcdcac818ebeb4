import { type ChildProcess, spawn } from 'node:child_process'
import { access } from 'node:fs/promises'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryFolder } from './peer.ts'

/** A QEMU without a machine: all of the protocol, next to no start. Ended with the test. */
export async function emptyQemu(t: TestContext): Promise<{ socket: string; process: ChildProcess }> {
  const socket = path.join(await temporaryFolder(t), 'qmp')
  const machine = ['-machine', 'none', '-nodefaults', '-display', 'none', '-S']
  const qemu = spawn('qemu-system-x86_64', [...machine, '-qmp', `unix:${socket},server=on,wait=off`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  t.after(() => qemu.kill('SIGKILL'))
  while (
    !(await access(socket).then(
      () => true,
      () => false,
    ))
  ) {
    if (qemu.exitCode !== null) throw new Error(`QEMU ended with ${qemu.exitCode}`)
    await sleep(10)
  }
  return { socket, process: qemu }
}
