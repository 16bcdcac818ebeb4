/** A bare connection to the service. */
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

export interface Client {
  /** What was said to it until the service hung up; undefined: it has not yet. */
  readonly closed: Promise<string>
  readonly socket: Socket
}

export function dial(t: TestContext, { port }: { readonly port: number }): Promise<Client> {
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  let text = ''
  socket.on('data', chunk => (text += chunk))
  const closed = new Promise<string>(done => socket.once('close', () => done(text)))
  return new Promise((done, failed) => {
    socket.once('connect', () => {
      socket.on('error', () => {})
      done({ socket, closed })
    })
    socket.once('error', failed)
  })
}
