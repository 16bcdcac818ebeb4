/** A shell on the guest's serial console: how tests type into a server, without the guest agent's help. */
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeMachine } from './describe-machine.ts'

export class SerialShell {
  readonly #socket: Socket
  #text = ''
  #commands = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', chunk => (this.#text += chunk))
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
        said += shell.#text
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

  /** Runs one command; its output. Throws when it fails or does not end in time. */
  async run(command: string, timeoutMs = 30_000): Promise<string> {
    const id = ++this.#commands
    const from = this.#text.length
    // The shell echoes what we type, at times twice and broken into lines: only what lies between the markers as the
    // command prints them counts, and in the echo they are in pieces.
    this.#socket.write(`echo "BEG""IN${id}"; ${command}; echo "E""ND${id}=$?"\n`)
    const pattern = new RegExp(`BEGIN${id}\\r?\\n([^]*?)END${id}=(\\d+)`)
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(2)) {
      const match = pattern.exec(this.#text.slice(from))
      if (!match) continue
      const output = (match[1] ?? '').replaceAll('\r', '')
      if (match[2] !== '0') throw new Error(`${command} exited with ${match[2]}: ${output}`)
      return output
    }
    throw new Error(`${command} did not end in ${timeoutMs} ms; said: ${this.#text.slice(from)}`)
  }

  /** Types without waiting for anything. */
  type(text: string): void {
    this.#socket.write(text)
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
