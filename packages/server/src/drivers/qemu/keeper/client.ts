import { setTimeout as sleep } from 'node:timers/promises'
import type { GuestProgram } from '../../driver.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { KeeperProcess, type Request } from './process.ts'
import {
  AgentUnavailable,
  type Frozen,
  type GuestDescription,
  type ProgramStart,
  type ProgramState,
  type ShutdownMode,
  type Thawed,
} from './protocol.ts'

export { AgentUnavailable, type Frozen, type GuestDescription, type ShutdownMode, type Thawed } from './protocol.ts'

/** What the keeper may take beyond the limits of what it was asked, before it is taken for hung. */
const graceMs = 2_000
/** How long `close` waits for the keeper's end; a longer thaw goes on without us. */
const closeMs = 5_000

/**
 * All that the service asks of guest agents. The keeper, a process of its own, alone holds their sockets (one client
 * at a time is all that QEMU takes) and keeps them open. `agentSocket` is the socket's path. Calls for one guest run
 * one after the other, and one between freeze and thaw lasts until its end.
 *
 * An agent is known to be absent only by QEMU (`query-chardev`, `frontend-open`); without asking there, a guest that
 * has none costs a second and is called `agent_timeout`.
 */
export interface Keeper {
  /**
   * Freezes all file systems: the guest's disks stand still until `thaw`, at most 3 s. Throws `AgentUnavailable`; then
   * nothing is to be thawed, and the keeper sees to what may have been frozen nevertheless.
   */
  freeze(agentSocket: string): Promise<Frozen>
  /**
   * Ends the freeze, or tells how it ended. It held all the time only if `thawed` equals `frozen`. May be asked again.
   * Throws `AgentUnavailable`: nothing is proven then, and the keeper goes on thawing.
   */
  thaw(agentSocket: string): Promise<Thawed>
  /**
   * Thaws what a former service or keeper may have left frozen. Resolves after the first attempt, 2 s where nobody
   * answers, and goes on trying for a minute; the other calls find nobody meanwhile.
   */
  rescue(agentSocket: string): Promise<void>
  /** `null` when the agent does not answer within `timeoutMs`. */
  describe(agentSocket: string, timeoutMs: number): Promise<GuestDescription | null>
  /** Asks the guest's system to end or restart. `true`: the agent took it, and the guest will, or may, do so. */
  shutdown(agentSocket: string, mode: ShutdownMode): Promise<boolean>
  /**
   * Has the agent start a program. Throws `AgentUnavailable`: it was not started; only with `keeper_died` nobody knows. Its
   * arguments may be secret: they go down the keeper's pipe and to the agent, and are kept nowhere.
   */
  start(agentSocket: string, program: GuestProgram): Promise<ProgramStart>
  /** What has become of it. An end is told once. Throws `AgentUnavailable`: ask again. */
  ask(agentSocket: string, pid: number): Promise<ProgramState>
  /** Ends it, not what it has started itself. Best effort; throws `AgentUnavailable`. */
  kill(agentSocket: string, pid: number): Promise<void>
  /** Thaws everything and ends the keeper. */
  close(): Promise<void>
}

/** The process itself is started at the first call, and again after it has died. */
export function startKeeper(options: { limits?: Partial<Limits> } = {}): Keeper {
  return new KeeperClient({ ...defaultLimits, ...options.limits })
}

class KeeperClient implements Keeper {
  readonly #limits: Limits
  #process: KeeperProcess | null = null
  /** Frozen, or being frozen, by the present process. */
  readonly #frozen = new Set<string>()
  /** Frozen by a process that died before the thaw. */
  readonly #lost = new Set<string>()
  #closing = false

  constructor(limits: Limits) {
    this.#limits = limits
  }

  async freeze(socket: string): Promise<Frozen> {
    const { queueMs, syncMs, armMs, freezeMs } = this.#limits
    this.#lost.delete(socket)
    this.#frozen.add(socket)
    try {
      return (await this.#call({ call: 'freeze', socket }, queueMs + 2 * syncMs + armMs + freezeMs)) as Frozen
    } catch (error) {
      // A freeze that timed out is still being undone.
      if (!(error instanceof AgentUnavailable && error.reason === 'freeze_timeout')) this.#frozen.delete(socket)
      throw error
    }
  }

  async thaw(socket: string): Promise<Thawed> {
    if (this.#lost.has(socket)) throw new AgentUnavailable('keeper_died', 'the keeper died while the guest was frozen')
    const thawed = (await this.#call({ call: 'thaw', socket }, this.#limits.thawMs)) as Thawed
    this.#frozen.delete(socket)
    return thawed
  }

  async rescue(socket: string): Promise<void> {
    const { queueMs, syncMs, thawMs } = this.#limits
    await this.#call({ call: 'rescue', socket }, queueMs + syncMs + thawMs).catch(ignoreUnavailable)
  }

  async describe(socket: string, timeoutMs: number): Promise<GuestDescription | null> {
    const answer = await this.#call({ call: 'describe', socket, timeoutMs }, timeoutMs).catch(ignoreUnavailable)
    return (answer ?? null) as GuestDescription | null
  }

  async shutdown(socket: string, mode: ShutdownMode): Promise<boolean> {
    const { queueMs, syncMs } = this.#limits
    const sent = await this.#call({ call: 'shutdown', socket, mode }, queueMs + syncMs).catch(ignoreUnavailable)
    return sent === true
  }

  async start(socket: string, program: GuestProgram): Promise<ProgramStart> {
    return (await this.#call({ call: 'start', socket, program }, this.#programMs)) as ProgramStart
  }

  async ask(socket: string, pid: number): Promise<ProgramState> {
    return (await this.#call({ call: 'ask', socket, pid }, this.#programMs)) as ProgramState
  }

  async kill(socket: string, pid: number): Promise<void> {
    await this.#call({ call: 'kill', socket, pid }, this.#programMs)
  }

  get #programMs(): number {
    const { queueMs, syncMs, programMs } = this.#limits
    return queueMs + 2 * syncMs + programMs
  }

  async close(): Promise<void> {
    this.#closing = true
    const process = this.#process
    if (process === null) return
    process.leave()
    const waiting = new AbortController()
    await Promise.race([process.ended, sleep(closeMs, undefined, { signal: waiting.signal })])
    waiting.abort()
  }

  async #call(request: Request, limitMs: number): Promise<unknown> {
    if (this.#closing) throw new AgentUnavailable('keeper_died', 'the keeper is closed')
    return this.#running().call(request, limitMs + graceMs)
  }

  #running(): KeeperProcess {
    if (this.#process !== null) return this.#process
    const process = new KeeperProcess(this.#limits)
    this.#process = process
    void process.ended.then(() => this.#bury())
    return process
  }

  /** The switch in the guest would thaw what the dead one left frozen; a new keeper is there sooner. */
  #bury(): void {
    this.#process = null
    const lost = [...this.#frozen]
    this.#frozen.clear()
    if (this.#closing) return
    for (const socket of lost) {
      this.#lost.add(socket)
      void this.rescue(socket)
    }
  }
}

function ignoreUnavailable(error: unknown): null {
  if (error instanceof AgentUnavailable) return null
  throw error
}
