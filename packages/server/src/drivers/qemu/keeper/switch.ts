import type { Agent } from '@restpoint/qmp/agent'
import { QmpError } from '@restpoint/qmp/errors'

/**
 * The dead man's switch inside the guest: a shell that sleeps and then thaws every mounted file system that a freeze
 * could have frozen (as the agent does, those whose source is a path). It is started before the freeze, because the
 * agent runs no commands while frozen, and needs no more than reading once they are: `sleep` runs already, `fsfreeze`
 * is only read. `printf %b` undoes the octal escapes of /proc/mounts.
 */
const fire = `sleep "$1"
PATH=/usr/sbin:/sbin:/usr/bin:/bin:$PATH
while read -r source mount rest; do
  case $source in /*) fsfreeze --unfreeze "$(printf %b "$mount")" 2>/dev/null;; esac
done </proc/mounts`

/** The process may have ended and its number be another's by now: only kill what still bears our mark. */
const kill = 'grep -q "$0" "/proc/$1/cmdline" && kill "$1"'

const askMs = 500

export interface Switch {
  readonly pid: number
  readonly mark: string
  readonly firesAt: number
}

/** Starts the switch; `null` when the agent will not run commands. Throws `Timeout` and `ConnectionClosed`. */
export async function arm(agent: Agent, delayMs: number, timeoutMs: number): Promise<Switch | null> {
  const mark = `restpoint-${Math.random().toString(36).slice(2)}`
  const firesAt = performance.now() + delayMs
  const pid = await run(agent, fire, [mark, `${Math.ceil(delayMs / 1000)}`], timeoutMs)
  return pid === null ? null : { pid, mark, firesAt }
}

/**
 * Ends the switch, or it would thaw a later freeze, and collects both exit codes, or the agent would keep them for
 * ever. Best effort: a switch that fires after all is found out by the thaw's count.
 */
export async function disarm(agent: Agent, armed: Switch): Promise<void> {
  try {
    const killer =
      performance.now() < armed.firesAt ? await run(agent, kill, [armed.mark, `${armed.pid}`], askMs) : null
    for (const pid of [killer, armed.pid]) {
      for (let attempt = 0; pid !== null && attempt < 10; attempt++) {
        const status = await agent.execute<{ exited?: unknown }>('guest-exec-status', { pid }, { timeoutMs: askMs })
        if (status?.exited === true) break
        await new Promise(resolve => setTimeout(resolve, 10))
      }
    }
  } catch {}
}

/** Starts a script of ours; `null` when the agent refuses. Throws `Timeout` and `ConnectionClosed`. */
export async function run(agent: Agent, script: string, args: string[], timeoutMs: number): Promise<number | null> {
  try {
    const request = { path: '/bin/sh', arg: ['-c', script, ...args] }
    const answer = await agent.execute<{ pid?: unknown }>('guest-exec', request, { timeoutMs })
    return typeof answer?.pid === 'number' ? answer.pid : null
  } catch (error) {
    if (error instanceof QmpError) return null
    throw error
  }
}
