/** Watches events over real HTTP, as a client does that keeps to the standard. */
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { World } from '../http/harness.ts'

export interface Seen {
  readonly id: number
  /** The noun, or `reset`. */
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  readonly data: any
}

export interface Watch {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** Of a refusal. */
  readonly problem: string
  readonly response: IncomingMessage
  /** So far; a `reset` at the beginning included. */
  readonly seen: readonly Seen[]
  /** What to resume from. */
  readonly lastEventId: number | undefined
  /** Comments so far. */
  readonly comments: number
  /** The first that is so, also one that has been seen. */
  until(isSo: (seen: Seen) => boolean): Promise<Seen>
  /** When the service has ended it, or it was cut. */
  readonly ended: Promise<void>
  cut(): void
}

export interface WatchOptions {
  readonly token?: string
  readonly query?: string
  readonly lastEventId?: number | string | undefined
}

export async function listen({ app }: World): Promise<number> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

export async function watch(
  t: Pick<TestContext, 'after'>,
  world: World,
  { token = world.token, query = '', lastEventId }: WatchOptions = {},
): Promise<Watch> {
  const port = await listen(world)
  const headers = {
    authorization: `Bearer ${token}`,
    ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
  }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', path: `/api/v1/events/${query}`, headers, agent: false }, resolve)
    request.once('error', reject)
  })
  t.after(() => response.destroy())
  const seen: Seen[] = []
  const waiting = new Set<() => void>()
  let text = ''
  let problem = ''
  let at: number | undefined
  let comments = 0
  const take = (block: string) => {
    const lines = block.split('\n')
    comments += lines.filter(line => line.startsWith(':')).length
    const fields = Object.fromEntries(
      lines
        .filter(line => !line.startsWith(':'))
        .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    )
    if (fields['id'] !== undefined) at = Number(fields['id'])
    if (fields['data'] === undefined) return
    seen.push({ id: at as number, event: fields['event'] as string, data: JSON.parse(fields['data']) })
  }
  response.setEncoding('utf8')
  response.on('data', (piece: string) => {
    if (response.statusCode !== 200) problem += piece
    text += piece
    const blocks = text.split('\n\n')
    text = blocks.pop() as string
    if (response.statusCode === 200) blocks.forEach(take)
    for (const wake of waiting) wake()
  })
  response.on('error', () => {})
  const ended = new Promise<void>(resolve => response.once('close', resolve))
  let hasEnded = false
  void ended.then(() => {
    hasEnded = true
    for (const wake of waiting) wake()
  })
  if (response.statusCode !== 200) await ended
  return {
    status: response.statusCode as number,
    headers: response.headers,
    get problem() {
      return problem
    },
    response,
    seen,
    get lastEventId() {
      return at
    },
    get comments() {
      return comments
    },
    async until(isSo) {
      for (;;) {
        const found = seen.find(isSo)
        if (found) return found
        if (hasEnded) throw new Error(`the stream has ended: ${JSON.stringify(seen)}`)
        await new Promise<void>(resolve => {
          const wake = () => {
            waiting.delete(wake)
            resolve()
          }
          waiting.add(wake)
        })
      }
    },
    ended,
    cut: () => response.destroy(),
  }
}

export const is = (event: string, id?: number, change?: string) => (seen: Seen) =>
  seen.event === event &&
  (id === undefined || seen.data.id === id) &&
  (change === undefined || seen.data.change === change)
