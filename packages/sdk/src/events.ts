/** Changes as they happen. Whatever cuts the connection, it is made anew and goes on where it was. */
import type { Change } from './api.ts'
import type { Open } from './connection.ts'
import { UnexpectedReplyError } from './errors.ts'
import type { CallOptions, RestpointOptions } from './options.ts'
import { jitter, outcomeOf } from './repeat.ts'
import { readReply } from './reply.ts'
import { pause, throwIfAborted } from './signals.ts'

/** Something has changed: `event` says what kind of thing, `id` which one. */
export interface ChangeEvent extends Change {
  readonly event: 'server' | 'snapshot' | 'operation' | 'image' | 'token' | 'account'
  /** To go on from. */
  readonly eventId: number
}

/** What you know may be old: read it now. From here on nothing is missed. */
export interface ResetEvent {
  readonly event: 'reset'
  readonly eventId: number
}

export type WatchedEvent = ChangeEvent | ResetEvent

export interface EventsOptions extends Pick<CallOptions, 'signal'> {
  /** The `eventId` of the last event that was seen. Left out: from now on, beginning with a `reset`. */
  readonly lastEventId?: number | undefined
  /** For administrators: whose changes. */
  readonly account_id?: number | undefined
  /** True when the stream is open, false when it was lost and is made anew. */
  readonly onConnection?: ((isOpen: boolean) => void) | undefined
}

const PATH = '/api/v1/events/'
const TYPE = 'text/event-stream'
/** The service says something every 15 seconds. */
const SILENCE_MS = 45_000

/**
 * Does not end by itself.
 * @throws RestpointError where the service refuses (the token was revoked), UnexpectedReplyError, or the reason of the
 * signal that was aborted. A service that is away is no failure: it is tried again, at random intervals of up to 8 seconds.
 */
export async function* events(
  open: Open,
  { signal, lastEventId, account_id, onConnection }: EventsOptions,
  client: Pick<RestpointOptions, 'signal'>,
): AsyncGenerator<WatchedEvent, void, undefined> {
  const signals = [client.signal, signal]
  const path = account_id === undefined ? PATH : `${PATH}?account_id=${account_id}`
  let eventId = lastEventId
  for (let tried = 0; ; tried++) {
    let isOpen = false
    let retryAfter = 0
    try {
      const headers = { accept: TYPE, ...(eventId === undefined ? {} : { 'last-event-id': String(eventId) }) }
      const outgoing = { method: 'GET', path, headers, body: undefined, timeoutMs: SILENCE_MS, signals }
      const reply = await open(outgoing)
      if (reply.status !== 200) readReply(reply, [], `GET ${PATH}`)
      if (!reply.headers.get('content-type')?.startsWith(TYPE)) {
        throw new UnexpectedReplyError(`GET ${PATH} was answered by something else than Restpoint`, reply.status)
      }
      isOpen = true
      onConnection?.(true)
      for await (const { id, event, data } of framesOf(reply.pieces)) {
        tried = 0
        if (id !== undefined) eventId = Number(id)
        if (data !== undefined) yield { ...JSON.parse(data), event, eventId } as WatchedEvent
      }
    } catch (error) {
      if (outcomeOf(error) === 'final') throw error
      retryAfter = (error as { retryAfter?: number }).retryAfter ?? 0
    } finally {
      if (isOpen) onConnection?.(false)
    }
    throwIfAborted(signals)
    await pause(retryAfter * 1000 + jitter(tried), signals)
  }
}

interface Frame {
  readonly id?: string
  readonly event?: string
  readonly data?: string
}

/** The lines of each block, as the service writes them: every field once, and each on one line. */
async function* framesOf(pieces: AsyncIterable<string>): AsyncGenerator<Frame> {
  let text = ''
  for await (const piece of pieces) {
    const blocks = (text + piece).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = block.split('\n').map(line => /^(\w+): (.*)$/.exec(line)?.slice(1, 3) ?? [])
      yield Object.fromEntries(fields.filter(field => field.length === 2)) as Frame
    }
  }
}
