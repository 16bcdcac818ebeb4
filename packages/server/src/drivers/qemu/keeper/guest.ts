import type { Agent } from '@restpoint/qmp/agent'
import { QmpError, Timeout } from '@restpoint/qmp/errors'
import type { GuestProgram } from '../../driver.ts'
import { describe } from './describe.ts'
import type { Limits } from './limits.ts'
import { Link, unavailable } from './link.ts'
import { askProgram, killProgram, startProgram } from './program.ts'
import {
  AgentUnavailable,
  type Frozen,
  type GuestDescription,
  type ProgramStart,
  type ProgramState,
  type ShutdownMode,
  type Thawed,
} from './protocol.ts'
import { FreezeSession } from './session.ts'
import { thawLeftover, thawUntilDone } from './thaw.ts'
import { Turns } from './turns.ts'

/** How long a refusal of guest-shutdown may take to come; silence is consent. */
const shutdownRefusalMs = 500

/** One guest's agent, asked by one caller at a time. */
export class Guest {
  readonly #link: Link
  readonly #limits: Limits
  readonly #turns = new Turns()
  #session: FreezeSession | null = null
  /** A rescue goes on in the background. */
  #rescuing = false
  #closing = false

  constructor(socket: string, limits: Limits) {
    this.#link = new Link(socket)
    this.#limits = limits
  }

  async freeze(): Promise<Frozen> {
    const done = await this.#take(this.#limits.queueMs)
    if (this.#closing) {
      done()
      throw new AgentUnavailable('keeper_died', 'the keeper is ending')
    }
    const session = new FreezeSession(this.#link, this.#limits)
    this.#session = session
    void session.ended.then(done)
    return session.freeze()
  }

  async thaw(): Promise<Thawed> {
    if (this.#session === null) throw new AgentUnavailable('agent_error', 'nothing is frozen')
    return this.#session.thaw()
  }

  /**
   * A thaw that does not ask first whether an agent is there: one that sleeps on an earlier freeze is to find it when
   * it wakes. Resolves after the first attempt; if nobody answered, it goes on in the background for a while.
   */
  async rescue(): Promise<void> {
    const done = await this.#take(this.#limits.queueMs)
    await new Promise<void>((resolve, reject) => {
      const onStuck = (): void => {
        this.#rescuing = true
        resolve()
      }
      thawUntilDone(this.#link, this.#limits, { refusalMs: 0, silenceMs: this.#limits.drainMs, onStuck })
        .finally(() => {
          this.#rescuing = false
          done()
        })
        .then(() => resolve(), reject)
    })
  }

  async describe(timeoutMs: number): Promise<GuestDescription | null> {
    const until = performance.now() + timeoutMs
    return this.#attempt(timeoutMs, async () => {
      const agent = await this.#link.reach(Math.max(1, until - performance.now()))
      await thawLeftover(agent, Math.max(1, until - performance.now()))
      return describe(agent, until - performance.now())
    })
  }

  /** guest-shutdown answers only when it refuses. The connection is not kept: the next agent is another one. */
  async shutdown(mode: ShutdownMode): Promise<boolean> {
    const sent = await this.#attempt(this.#limits.queueMs, async () => {
      const agent = await this.#link.reach(this.#limits.syncMs)
      try {
        await agent.execute('guest-shutdown', { mode }, { timeoutMs: shutdownRefusalMs })
      } catch (error) {
        if (error instanceof QmpError) return false
        if (!(error instanceof Timeout) && !agent.closed) throw error
      }
      this.#link.drop()
      return true
    })
    return sent ?? false
  }

  /** Throws `AgentUnavailable`: nobody was asked to start it. */
  async start(program: GuestProgram): Promise<ProgramStart> {
    return this.#inTurn(async agent => {
      const started = await startProgram(agent, program, this.#limits.programMs)
      // Its answer may come yet, and is none to whatever is asked next.
      if ('unknown' in started) this.#link.drop()
      return started
    })
  }

  /** Throws `AgentUnavailable`: ask again. */
  async ask(pid: number): Promise<ProgramState> {
    return this.#inTurn(async agent => {
      const state = await askProgram(agent, pid, this.#limits.programMs)
      return state === 'refused' ? { lost: 'the guest agent does not know of it any more' } : state
    })
  }

  async kill(pid: number): Promise<void> {
    await this.#inTurn(agent => killProgram(agent, pid, this.#limits.syncMs))
  }

  /** With an agent that has just shown that it is there, and freezes nothing: a frozen one refuses everything else. */
  async #inTurn<T>(work: (agent: Agent) => Promise<T>): Promise<T> {
    const done = await this.#take(this.#limits.queueMs)
    try {
      const agent = await this.#link.reach(this.#limits.syncMs)
      await thawLeftover(agent, this.#limits.syncMs)
      return await work(agent)
    } catch (error) {
      this.#link.drop()
      throw unavailable(error)
    } finally {
      done()
    }
  }

  /** Resolves when nothing is frozen any more; takes no more freezes on. */
  async settle(): Promise<void> {
    this.#closing = true
    this.#session?.abandon()
    await this.#session?.ended
  }

  /** Waits for our turn; throws at once where the one before may last for ever. */
  async #take(waitMs: number): Promise<() => void> {
    const done = this.#rescuing || this.#session?.stuck === true ? null : await this.#turns.take(waitMs)
    if (done === null) throw new AgentUnavailable('agent_timeout', 'an earlier request still waits for the agent')
    return done
  }

  /** `null` for whatever goes wrong with the agent; the connection is then not kept. */
  async #attempt<T>(waitMs: number, run: () => Promise<T>): Promise<T | null> {
    let done: (() => void) | undefined
    try {
      done = await this.#take(waitMs)
      return await run()
    } catch {
      if (done !== undefined) this.#link.drop()
      return null
    } finally {
      done?.()
    }
  }
}
