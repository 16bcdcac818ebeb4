/** Somebody at a terminal: a WebSocket, and all that came over it. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { type ClientOptions, WebSocket } from 'ws'
import type { World } from '../http/harness.ts'

export interface Said {
  readonly state: string
  readonly console?: string
  readonly offset?: number
}

export class Screen {
  readonly socket: WebSocket
  /** Of the console, so far. */
  text = ''
  /** How many binary messages that was. */
  pieces = 0
  readonly said: Said[] = []
  /** Code and reason, when it is. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  #onNews = () => {}

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('message', (bytes: Buffer, isBinary) => {
      if (isBinary) {
        this.text += bytes
        this.pieces++
      } else this.said.push(JSON.parse(bytes.toString()))
      this.#onNews()
    })
    this.closed = new Promise(resolve =>
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    )
  }

  /** Until it is so; it is looked at whenever something has come. */
  async until(isSo: (screen: this) => boolean): Promise<void> {
    while (!isSo(this)) {
      if (this.socket.readyState === WebSocket.CLOSED)
        throw new Error(`closed, with ${JSON.stringify(this.said)}: ${this.text}`)
      await Promise.race([new Promise<void>(resolve => (this.#onNews = resolve)), this.closed])
    }
  }

  hears(text: string): Promise<void> {
    return this.until(screen => screen.text.includes(text))
  }

  /** What was sent has been taken. */
  async arrived(): Promise<void> {
    const answered = once(this.socket, 'pong')
    this.socket.ping()
    await answered
  }

  type(text: string): void {
    this.socket.send(Buffer.from(text))
  }
}

/** Where the world's app listens. */
export async function listen(world: World): Promise<string> {
  if (!world.app.server.listening) await world.app.listen({ host: '127.0.0.1', port: 0 })
  return `ws://127.0.0.1:${(world.app.server.address() as AddressInfo).port}`
}

export async function ticketFor(world: World, serverId: number, token = world.token): Promise<string> {
  const { status, body, text } = await world.post(`servers/${serverId}/terminal/`, undefined, { token })
  if (status !== 201) throw new Error(text)
  return body.path
}

/** What becomes of a handshake: a WebSocket, or the refusal. */
export async function knock(
  t: Pick<TestContext, 'after'>,
  url: string,
  options: ClientOptions = {},
): Promise<{ readonly screen: Screen; readonly status: 101 } | { readonly status: number; readonly body: string }> {
  const socket = new WebSocket(url, options)
  t.after(() => socket.terminate())
  const screen = new Screen(socket)
  const refused = once(socket, 'unexpected-response') as Promise<[unknown, import('node:http').IncomingMessage]>
  const opened = once(socket, 'open').then(() => undefined)
  const answer = await Promise.race([refused, opened])
  if (!answer) {
    refused.catch(() => {})
    return { screen, status: 101 }
  }
  opened.catch(() => {})
  const [, response] = answer
  const body = Buffer.concat(await response.toArray()).toString()
  return { status: response.statusCode ?? 0, body }
}

/** At the console of a server, with the first two messages read. */
export async function sit(
  t: Pick<TestContext, 'after'>,
  world: World,
  serverId = world.serverId,
  token = world.token,
): Promise<Screen> {
  const url = await listen(world)
  const answer = await knock(t, url + (await ticketFor(world, serverId, token)))
  if (!('screen' in answer)) throw new Error(`${answer.status}: ${answer.body}`)
  await answer.screen.until(screen => screen.pieces > 0)
  return answer.screen
}
