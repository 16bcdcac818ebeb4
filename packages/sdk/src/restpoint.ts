/** The client: a namespace a noun, `waitFor` and `events`. */

import type { Operation } from './api.ts'
import { baseOf, connect, type Open } from './connection.ts'
import { type DryRuns, rehearser } from './dry-run.ts'
import { type EventsOptions, events, type WatchedEvent } from './events.ts'
import { account } from './nouns/account.ts'
import { accounts } from './nouns/accounts.ts'
import { health } from './nouns/health.ts'
import { images } from './nouns/images.ts'
import { operations } from './nouns/operations.ts'
import { servers } from './nouns/servers.ts'
import { snapshots } from './nouns/snapshots.ts'
import { tokens } from './nouns/tokens.ts'
import { terminalOpener } from './open-terminal.ts'
import type { RestpointOptions } from './options.ts'
import { requester } from './request.ts'
import { type Send, sender } from './send.ts'
import { type WaitOptions, type WhichOperation, waitFor } from './wait-for.ts'

export class Restpoint {
  readonly snapshots: ReturnType<typeof snapshots>
  readonly servers: ReturnType<typeof servers> & ReturnType<typeof terminalOpener>
  readonly images: ReturnType<typeof images>
  readonly operations: ReturnType<typeof operations>
  readonly tokens: ReturnType<typeof tokens>
  readonly account: ReturnType<typeof account>
  readonly accounts: ReturnType<typeof accounts>
  readonly health: ReturnType<typeof health>
  /** The same functions, as far as they change something: what they would do, and what stands in the way. Nothing is done. */
  readonly dryRun: {
    readonly snapshots: DryRuns<ReturnType<typeof snapshots>>
    readonly servers: DryRuns<ReturnType<typeof servers>>
    readonly images: DryRuns<ReturnType<typeof images>>
    readonly tokens: DryRuns<ReturnType<typeof tokens>>
    readonly accounts: DryRuns<ReturnType<typeof accounts>>
  }
  readonly #send: Send
  readonly #open: Open
  readonly #signal: AbortSignal | undefined

  /** @throws TypeError for a URL or token that cannot be used. */
  constructor(options: RestpointOptions) {
    const { url, token, fetch, signal, retries, timeoutMs } = options
    const { exchange, open } = connect({ url, token, fetch })
    const request = requester(exchange, { signal, retries, timeoutMs })
    const send = sender(request)
    this.#send = send
    this.#open = open
    this.#signal = signal
    this.snapshots = snapshots(send)
    this.servers = { ...servers(send), ...terminalOpener(send, baseOf(url), signal) }
    this.images = images(send)
    this.operations = operations(send)
    this.tokens = tokens(send)
    this.account = account(send)
    this.accounts = accounts(send)
    this.health = health(send)
    const rehearse = rehearser(request)
    this.dryRun = {
      snapshots: snapshots(rehearse),
      servers: servers(rehearse),
      images: images(rehearse),
      tokens: tokens(rehearse),
      accounts: accounts(rehearse),
    } as unknown as Restpoint['dryRun']
  }

  /**
   * Follows an operation until it has ended.
   * @returns the completed operation.
   * @throws OperationFailedError if it failed or was cancelled, TimeoutError, and whatever a call can fail with.
   */
  waitFor(operation: WhichOperation, options: WaitOptions = {}): Promise<Operation> {
    return waitFor(this.#send, operation, options, { signal: this.#signal })
  }

  /**
   * Changes as they happen, for as long as you iterate. The connection is made anew whenever it is lost, and nothing is
   * missed meanwhile. The first event is a `reset`: read what you show, and then follow the changes.
   * @throws RestpointError where the service refuses, UnexpectedReplyError, or the reason of the signal that was aborted.
   */
  events(options: EventsOptions = {}): AsyncGenerator<WatchedEvent, void, undefined> {
    return events(this.#open, options, { signal: this.#signal })
  }
}
