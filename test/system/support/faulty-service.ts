/**
 * The service with one fault in its port to the host, as an entry point of its own. FAULT is JSON:
 * `dieBefore: command` ends the service itself (SIGKILL) when it is about to send that monitor command,
 * `dieAfter: command` when it has been answered,
 * `hangBefore: command` stops it there (SIGSTOP) until somebody lets it go on,
 * `killQemuAfter: command` ends that QEMU when it has answered it, once,
 * `withoutFlush: true` answers flushes as if they had been done,
 * `withoutProof: true` answers as if every layer's file held the whole disk.
 */
import type { Monitor } from '@restpoint/qmp/monitor'
import { type Host, type HostUser, realHost } from '../../../packages/server/src/drivers/qemu/host.ts'
import { configOfThisProcess, run } from '../../../packages/server/src/main.ts'
import { machinesOf } from './machines.ts'

export interface Fault {
  readonly dieBefore?: string
  readonly dieAfter?: string
  readonly hangBefore?: string
  readonly killQemuAfter?: string
  readonly withoutFlush?: boolean
  readonly withoutProof?: boolean
}

const fault = JSON.parse(process.env['FAULT'] ?? '{}') as Fault
const config = configOfThisProcess()
let hasKilled = false

async function inject(command: string, args: unknown, send: () => Promise<unknown>): Promise<unknown> {
  if (fault.dieBefore === command) process.kill(process.pid, 'SIGKILL')
  if (fault.hangBefore === command) process.kill(process.pid, 'SIGSTOP')
  if (fault.withoutFlush && command === 'human-monitor-command' && JSON.stringify(args).includes('flush')) return ''
  const answer = await send()
  if (fault.killQemuAfter === command && !hasKilled) {
    hasKilled = true
    for (const { pid } of await machinesOf(config.stateDir)) process.kill(pid, 'SIGKILL')
  }
  if (fault.dieAfter === command) process.kill(process.pid, 'SIGKILL')
  return answer
}

function faulty(user: HostUser | null): Host {
  const host = realHost(user)
  return {
    ...host,
    async run(program, args, cwd) {
      if (fault.withoutProof && args[0] === 'map') return '[{"start":0,"length":1e15,"present":true}]'
      return host.run(program, args, cwd)
    },
    async connect(socket, timeoutMs) {
      const monitor = await host.connect(socket, timeoutMs)
      const execute = monitor.execute.bind(monitor)
      monitor.execute = ((command: string, args?: Record<string, unknown>, options?: object) =>
        inject(command, args, () => execute(command, args, options))) as Monitor['execute']
      return monitor
    },
  }
}

await run(config, faulty)
