import { Timeout } from '@restpoint/qmp/errors'
import type { Limits } from './limits.ts'
import { type Link, unavailable } from './link.ts'
import { AgentUnavailable, type Frozen, type Thawed } from './protocol.ts'
import { arm, disarm, type Switch } from './switch.ts'
import { count, thawLeftover, thawUntilDone } from './thaw.ts'

/**
 * One freeze, from arming the switch in the guest to disarming it:
 *
 *     reach the agent → arm → freeze → (the caller cuts) → thaw → disarm
 *
 * However it goes wrong, it ends thawed. Nothing was frozen yet: it just ends. The freeze was sent and not answered:
 * the caller is told at once, and the session goes on until a thaw was answered. The caller does not come back within
 * `holdMs`: the session thaws by itself. This process dies: the switch thaws.
 */
export class FreezeSession {
  readonly #link: Link
  readonly #limits: Limits
  /** Resolves when nothing is frozen and the switch is disarmed, or the machine is gone. */
  readonly ended: Promise<void>
  #end!: () => void
  #switch: Switch | null = null
  #sentAt = 0
  #frozen = 0
  #deadline: NodeJS.Timeout | undefined
  #undoing: Promise<Thawed | null> | null = null
  #abandoned = false
  #stuck = false

  constructor(link: Link, limits: Limits) {
    this.#link = link
    this.#limits = limits
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
  }

  /** The agent does not answer, and something may be frozen. */
  get stuck(): boolean {
    return this.#stuck
  }

  /** Throws `AgentUnavailable`; then the session ends by itself, and `thaw` is not to be called. */
  async freeze(): Promise<Frozen> {
    const { syncMs, armMs, freezeMs, holdMs, switchMs } = this.#limits
    let agent: Awaited<ReturnType<Link['reach']>>
    try {
      agent = await this.#link.reach(syncMs)
      await thawLeftover(agent, syncMs)
      this.#switch = await arm(agent, switchMs, armMs)
    } catch (error) {
      this.#link.drop()
      this.#end()
      throw unavailable(error)
    }
    this.#sentAt = performance.now()
    try {
      this.#frozen = count(await agent.execute('guest-fsfreeze-freeze', undefined, { timeoutMs: freezeMs }))
    } catch (error) {
      this.#stuck = error instanceof Timeout
      void this.#undo(false)
      // From here on the caller may give us up: the thaw is to be on its way before.
      await new Promise(resolve => setImmediate(resolve))
      if (error instanceof Timeout) throw new AgentUnavailable('freeze_timeout', error.message)
      throw unavailable(error)
    }
    if (this.#frozen === 0) {
      void this.#undo(false)
      throw new AgentUnavailable('agent_error', 'the agent froze no file system')
    }
    const leftMs = this.#abandoned ? 0 : holdMs - (performance.now() - this.#sentAt)
    this.#deadline = setTimeout(() => void this.#undo(true), leftMs)
    // The machine has ended, most likely: do not keep the next one's callers waiting for the deadline.
    agent.onClose(() => void this.#undo(true))
    return { frozen: this.#frozen, armed: this.#switch !== null }
  }

  /** May be called again and after the deadline: the answer stays the same. Throws `AgentUnavailable`. */
  async thaw(): Promise<Thawed> {
    if (this.#frozen === 0) throw new AgentUnavailable('agent_error', 'nothing is frozen')
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const { thawMs } = this.#limits
      timer = setTimeout(() => reject(new AgentUnavailable('agent_timeout', `no thaw within ${thawMs} ms`)), thawMs)
    })
    const thawed = await Promise.race([this.#undo(false), late]).finally(() => clearTimeout(timer))
    if (thawed === null) throw new AgentUnavailable('agent_error', 'the machine ended, or its agent refused to thaw')
    return thawed
  }

  /** Nobody will ask for the thaw any more: thaws as soon as possible. */
  abandon(): void {
    this.#abandoned = true
    if (this.#frozen > 0) void this.#undo(true)
  }

  #undo(byDeadline: boolean): Promise<Thawed | null> {
    clearTimeout(this.#deadline)
    this.#undoing ??= this.#thawAndDisarm(byDeadline)
    return this.#undoing
  }

  async #thawAndDisarm(byDeadline: boolean): Promise<Thawed | null> {
    // A freeze that was refused left nothing behind: one polite thaw, no insisting if that is refused as well.
    const refusalMs = this.#frozen > 0 || this.#stuck ? this.#limits.drainMs : 0
    const thawed = await thawUntilDone(this.#link, this.#limits, {
      refusalMs,
      silenceMs: Number.POSITIVE_INFINITY,
      onStuck: () => {
        this.#stuck = true
      },
    })
    const frozenMs = performance.now() - this.#sentAt
    this.#stuck = false
    void this.#disarm().finally(this.#end)
    return thawed === null ? null : { frozen: this.#frozen, thawed, frozenMs, byDeadline }
  }

  async #disarm(): Promise<void> {
    if (this.#switch === null) return
    try {
      await disarm(await this.#link.open(this.#limits.syncMs), this.#switch)
    } catch {
      this.#link.drop()
    }
  }
}
