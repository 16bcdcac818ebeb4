/**
 * A shell on the guest's serial console: how tests type into a server, without the guest agent's help. It takes the
 * socket for itself, so the service must leave it alone: RESTPOINT_TERMINAL=off.
 */
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeMachine } from './describe-machine.ts'
import { Shell } from './shell.ts'

export class SerialShell extends Shell {
  readonly #socket: Socket

  private constructor(socket: Socket) {
    super(text => socket.write(text))
    this.#socket = socket
    socket.on('data', chunk => this.heard(chunk.toString()))
  }

  /** Connects and waits until the shell answers. */
  static async open(stateDir: string, serverId: number, timeoutMs = 60_000): Promise<SerialShell> {
    const deadline = Date.now() + timeoutMs
    let said = ''
    for (let attempt = 1; ; attempt++) {
      const shell = await SerialShell.#tryOpen(stateDir, serverId)
      if (shell) {
        // A shell that comes up throws away what was typed so far, and may keep the latter half of a line: an open quote.
        if (attempt > 1) shell.type('\x03\n')
        const answer = await shell.run('echo ready', 3000).catch(() => undefined)
        if (answer?.trim().endsWith('ready')) return shell
        said += shell.text
        shell.close()
      }
      if (Date.now() > deadline) {
        const machine = await describeMachine(stateDir, serverId)
        throw new Error(`no shell on the serial console of server ${serverId}: ${said}\n${machine}`)
      }
      await sleep(100)
    }
  }

  static #tryOpen(stateDir: string, serverId: number): Promise<SerialShell | undefined> {
    const socket = connect(join(stateDir, 'guests/machines', String(serverId), 'serial.sock'))
    return new Promise(done => {
      socket.once('connect', () => done(new SerialShell(socket)))
      socket.once('error', () => done(undefined))
    })
  }

  onData(listener: (text: string) => void): () => void {
    const onData = (chunk: Buffer) => listener(chunk.toString('latin1'))
    this.#socket.on('data', onData)
    return () => this.#socket.off('data', onData)
  }

  close(): void {
    this.#socket.destroy()
  }
}
