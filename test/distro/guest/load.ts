/** Somebody who writes into the guest's database without pause, and keeps outside of it what it acknowledged. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Guest } from '../support/ssh.ts'
import { row } from './database.ts'

export class WriteLoad {
  readonly #guest: Guest
  readonly #ssh: ChildProcessWithoutNullStreams
  readonly #first: number
  readonly #begun = Date.now()
  #acknowledged: number
  #stderr = ''
  #broken: string | undefined

  /** Each row is a transaction of its own; its number is told when the commit has been acknowledged. */
  private constructor(guest: Guest, first: number) {
    this.#guest = guest
    this.#first = first
    this.#acknowledged = first - 1
    const sql = `insert into load select ${row} from (values (&::bigint)) as wanted (n);`
    const lines = String.raw`s/.*/${sql} \\echo &/`
    this.#ssh = guest.stream(
      `seq ${first} 100000000 | sed '${lines}' | sudo -u postgres stdbuf -oL psql -qAtX -v ON_ERROR_STOP=1`,
    )
    this.#ssh.stderr.on('data', chunk => (this.#stderr += chunk))
    createInterface(this.#ssh.stdout).on('line', line => this.#take(line))
  }

  static start(guest: Guest, first: number): WriteLoad {
    return new WriteLoad(guest, first)
  }

  #take(line: string): void {
    if (line === String(this.#acknowledged + 1)) this.#acknowledged++
    else this.#broken ??= `${line} after ${this.#acknowledged}`
  }

  /** The last row that was acknowledged so far. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  get perSecond(): number {
    return Math.round(((this.#acknowledged - this.#first + 1) / (Date.now() - this.#begun)) * 1000)
  }

  /** Resolves when so many more rows have been acknowledged. */
  async more(rows: number, limitMs = 300_000): Promise<void> {
    const wanted = this.#acknowledged + rows
    for (const deadline = Date.now() + limitMs; this.#acknowledged < wanted; await sleep(50)) {
      if (this.#broken !== undefined) throw new Error(`the load on ${this.#guest.name} said ${this.#broken}`)
      if (this.#ssh.exitCode !== null) throw new Error(`the load on ${this.#guest.name} ended: ${this.#stderr}`)
      if (Date.now() > deadline)
        throw new Error(`the load on ${this.#guest.name} wrote no ${rows} rows in ${limitMs} ms`)
    }
  }

  /** Ends it, if its guest has not; the last row that was acknowledged. */
  async end(): Promise<number> {
    if (this.#ssh.exitCode === null && this.#ssh.signalCode === null) {
      const exited = once(this.#ssh, 'close')
      this.#ssh.kill('SIGKILL')
      await exited
    }
    if (this.#broken !== undefined) throw new Error(`the load on ${this.#guest.name} said ${this.#broken}`)
    return this.#acknowledged
  }
}
