import type { Agent } from '@restpoint/qmp/agent'
import { ConnectionClosed, QmpError, Timeout } from '@restpoint/qmp/errors'
import type { Limits } from './limits.ts'
import type { Link } from './link.ts'

const longestPauseMs = 5_000

export interface Patience {
  /** How long to insist when the agent refuses to thaw, ms. */
  readonly refusalMs: number
  /** How long to insist when it does not answer, ms. */
  readonly silenceMs: number
  /** Called when the agent did not thaw and further attempts follow. */
  onStuck(): void
}

/**
 * Thaws, and does not let go until it is done: an agent that hangs runs what it was sent once it wakes, so a freeze
 * that we gave up may still happen, and a thaw must stand in line behind it. We must stay, too: qemu-ga 7.2 does not get
 * past the answer to the freeze while nobody is connected to take it (tried).
 *
 * Answers with the number of file systems thawed, or `null` when the machine is gone or our patience is.
 */
export async function thawUntilDone(link: Link, limits: Limits, patience: Patience): Promise<number | null> {
  const start = performance.now()
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    let insistMs = patience.silenceMs
    try {
      const agent = await link.open(limits.syncMs)
      return count(await agent.execute('guest-fsfreeze-thaw', undefined, { timeoutMs: limits.thawMs }))
    } catch (error) {
      link.drop()
      if (error instanceof ConnectionClosed && error.reason === 'unreachable') return null
      if (error instanceof QmpError) insistMs = patience.refusalMs
      else if (!(error instanceof ConnectionClosed || error instanceof Timeout)) throw error
      if (performance.now() - start >= insistMs) return null
      // A connection that broke may be of a machine that is just ending: the next attempt tells.
      if (!(error instanceof ConnectionClosed && error.reason === 'ended')) patience.onStuck()
    }
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
}

/**
 * Frozen, and by no session of ours: whoever did it is gone. The agent says so even if a switch has thawed since, and
 * refuses commands and freezes until it is asked to thaw.
 */
export async function thawLeftover(agent: Agent, timeoutMs: number): Promise<void> {
  const until = performance.now() + timeoutMs
  try {
    const status = await agent.execute('guest-fsfreeze-status', undefined, { timeoutMs })
    const leftMs = Math.max(1, until - performance.now())
    if (status === 'frozen') await agent.execute('guest-fsfreeze-thaw', undefined, { timeoutMs: leftMs })
  } catch (error) {
    if (!(error instanceof QmpError)) throw error
  }
}

/** The agent's count of file systems; 0 for anything that is no count. */
export function count(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0
}
