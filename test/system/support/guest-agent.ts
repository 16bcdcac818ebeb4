/** Faults of the agent inside the guest, made by hand from the serial console. */
import type { SerialShell } from './serial.ts'

const SERVICE = '/usr/sbin/guest-agent'

/** Ends it for good: what init starts instead only sleeps. */
export async function removeAgent(shell: SerialShell): Promise<void> {
  const sleeper = '#!/bin/sh\\necho $$ > /run/sleeper\\nexec sleep 9999\\n'
  await shell.run(`cp ${SERVICE} /tmp/agent && printf '${sleeper}' > ${SERVICE} && killall qemu-ga`)
}

export async function bringAgentBack(shell: SerialShell): Promise<void> {
  // Init lets a second pass before it starts what has ended.
  await shell.run('while [ ! -s /run/sleeper ]; do usleep 50000; done')
  await shell.run(`cp /tmp/agent ${SERVICE} && kill $(cat /run/sleeper) && rm /run/sleeper`)
}

/** It holds its port open and answers nothing. */
export async function hangAgent(shell: SerialShell): Promise<void> {
  await shell.run('killall -STOP qemu-ga')
}

export async function wakeAgent(shell: SerialShell): Promise<void> {
  await shell.run('killall -CONT qemu-ga')
}

/** A frozen guest would not get this done. */
export async function assertWrites(shell: SerialShell): Promise<void> {
  await shell.run('echo alive > /data/alive && sync')
}
