import { Agent } from '@restpoint/qmp/agent'
import { ConnectionClosed, QmpError, Timeout } from '@restpoint/qmp/errors'
import { AgentUnavailable } from './protocol.ts'

/**
 * The one connection to a guest's agent. It is opened when first needed and kept: qemu-ga looks at a port that nobody
 * is connected to only every 100 ms (`GA_CHANNEL_VIRTIO_SERIAL`, usleep in channel_event_cb), so a fresh connection
 * costs 0–100 ms before the first answer (measured), a kept one 1 ms. It is dropped after anything odd: what the guest
 * has not read by then is lost, and so cannot reach a later agent.
 */
export class Link {
  readonly path: string
  #agent: Agent | null = null

  constructor(path: string) {
    this.path = path
  }

  /** An agent that has just shown that it is there. Throws `AgentUnavailable`. */
  async reach(timeoutMs: number): Promise<Agent> {
    const until = performance.now() + timeoutMs
    if (this.#agent !== null && !this.#agent.closed) {
      try {
        await this.#agent.sync({ timeoutMs })
        return this.#agent
      } catch (error) {
        this.drop()
        // A closed one may be of a QEMU that has been restarted since: that deserves a new connection.
        if (error instanceof Timeout) throw unavailable(error)
      }
    }
    try {
      this.#agent = await Agent.connect(this.path, { timeoutMs: Math.max(1, until - performance.now()) })
      return this.#agent
    } catch (error) {
      throw unavailable(error)
    }
  }

  /** A connection, with or without an agent behind it. Throws `ConnectionClosed` or `Timeout`. */
  async open(timeoutMs: number): Promise<Agent> {
    if (this.#agent === null || this.#agent.closed) this.#agent = await Agent.open(this.path, { timeoutMs })
    return this.#agent
  }

  drop(): void {
    this.#agent?.close()
    this.#agent = null
  }
}

/** What a failure before anything was asked to freeze means to the caller. */
export function unavailable(error: unknown): AgentUnavailable {
  if (error instanceof AgentUnavailable) return error
  if (error instanceof Timeout) return new AgentUnavailable('agent_timeout', error.message)
  if (error instanceof ConnectionClosed && (error.reason === 'unreachable' || error.reason === 'ended'))
    return new AgentUnavailable('agent_absent', error.message)
  if (error instanceof ConnectionClosed || error instanceof QmpError)
    return new AgentUnavailable('agent_error', error.message)
  throw error
}
