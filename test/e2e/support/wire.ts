/** A wire between a browser and the service, to be cut: to the browser it is the service. */

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'

export class Wire {
  readonly url: string
  readonly #server: Server
  readonly #open: ReadonlySet<Socket>
  #isCut = false

  private constructor(server: Server, open: Set<Socket>) {
    this.#server = server
    this.#open = open
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async to(service: string): Promise<Wire> {
    const { hostname, port } = new URL(service)
    const open = new Set<Socket>()
    const isCut = () => wire.#isCut
    const server = createServer(near => {
      if (isCut()) return near.destroy()
      const far = connect(Number(port), hostname)
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        open.add(one)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          open.delete(one)
          other.destroy()
        })
        one.pipe(other)
      }
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    const wire = new Wire(server, open)
    return wire
  }

  /** What is open ends, and nothing new comes through. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#open) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  async end(): Promise<void> {
    this.cut()
    await new Promise(done => this.#server.close(done))
  }
}
