/** A shell at the other end of some wire. */
import { setTimeout as sleep } from 'node:timers/promises'

export class Shell {
  readonly #write: (text: string) => void
  /** All that it has said. */
  text = ''
  #commands = 0

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  /** It has said something. */
  heard(text: string): void {
    this.text += text
  }

  /** Types without waiting for anything. */
  type(text: string): void {
    this.#write(text)
  }

  /** Runs one command; its output. Throws when it fails or does not end in time. */
  async run(command: string, timeoutMs = 30_000): Promise<string> {
    const id = ++this.#commands
    const from = this.text.length
    // The shell echoes what we type, at times twice and broken into lines: only what lies between the markers as the
    // command prints them counts, and in the echo they are in pieces.
    this.type(`echo "BEG""IN${id}"; ${command}; echo "E""ND${id}=$?"\n`)
    const pattern = new RegExp(`BEGIN${id}\\r?\\n([^]*?)END${id}=(\\d+)`)
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(2)) {
      const match = pattern.exec(this.text.slice(from))
      if (!match) continue
      const output = (match[1] ?? '').replaceAll('\r', '')
      if (match[2] !== '0') throw new Error(`${command} exited with ${match[2]}: ${output}`)
      return output
    }
    throw new Error(`${command} did not end in ${timeoutMs} ms; said: ${this.text.slice(from)}`)
  }
}
