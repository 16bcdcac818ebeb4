/** A way to PostgreSQL that is lost when a test says so: a socket that passes everything on until then. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { urlOf } from '../../../../test/support/postgres.ts'
import { parsePostgresUrl } from '../../src/db/postgres/url.ts'

/** Whether the question that is lost still reaches the database. */
export type Loss = 'before it arrives' | 'after it was done'

export class Link {
  /** What leads through it. */
  readonly url: string
  readonly #folder: string
  readonly #target: string
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #server: Server | undefined
  #asked = 0
  #loseAt = Number.POSITIVE_INFINITY
  #loss: Loss = 'before it arrives'

  private constructor(folder: string, target: string, database: string) {
    this.#folder = folder
    this.#target = target
    this.url = urlOf(folder, database)
  }

  /** `to`: the URL of a database behind a socket. */
  static async to(to: string): Promise<Link> {
    const { host, port, database } = parsePostgresUrl(to)
    const folder = await mkdtemp(path.join(tmpdir(), 'link-'))
    const link = new Link(folder, path.join(host, `.s.PGSQL.${port}`), database)
    await link.up()
    return link
  }

  /** Questions that were asked so far, over all connections. */
  get asked(): number {
    return this.#asked
  }

  /** The connection of the nth question from now, 1 the first, is lost; others are not. */
  loseAt(n: number, loss: Loss): void {
    this.#loseAt = this.#asked + n
    this.#loss = loss
  }

  get hasLost(): boolean {
    return this.#asked >= this.#loseAt
  }

  /** The database is not there: every connection ends, none can be made. */
  async down(): Promise<void> {
    const closed = this.#server && once(this.#server, 'close')
    this.#server?.close()
    for (const pair of this.#pairs) end(pair)
    await closed
    this.#server = undefined
  }

  async up(): Promise<void> {
    this.#server = createServer(client => this.#join(client))
    this.#server.listen(path.join(this.#folder, '.s.PGSQL.5432'))
    await once(this.#server, 'listening')
  }

  async close(): Promise<void> {
    if (this.#server) await this.down()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #join(client: Socket): void {
    const database = createConnection(this.#target)
    const pair = [client, database] as const
    this.#pairs.add(pair)
    for (const socket of pair) {
      socket.on('error', () => end(pair))
      socket.on('close', () => {
        end(pair)
        this.#pairs.delete(pair)
      })
    }
    let isMute = false
    // The first message has no type.
    const questions = messages(1)
    const answers = messages(0)
    client.on('data', chunk => {
      for (const type of questions(chunk)) {
        // A simple question, or the end of one in several parts.
        if (type !== 'Q' && type !== 'S') continue
        if (++this.#asked !== this.#loseAt) continue
        if (this.#loss === 'before it arrives') return end(pair)
        isMute = true
      }
      database.write(chunk)
    })
    database.on('data', chunk => {
      const types = answers(chunk)
      if (!isMute) client.write(chunk)
      else if (types.includes('Z')) end(pair) // It is ready for the next one: this one is done.
    })
  }
}

function end(pair: readonly [Socket, Socket]): void {
  for (const socket of pair) socket.destroy()
}

/** The types of the messages that are complete with each chunk; the first `untyped` have none. */
function messages(untyped: number): (chunk: Buffer) => string[] {
  let rest = Buffer.alloc(0)
  return chunk => {
    rest = Buffer.concat([rest, chunk])
    const types: string[] = []
    for (;;) {
      const head = untyped > 0 ? 0 : 1
      if (rest.length < head + 4) return types
      const length = head + rest.readInt32BE(head)
      if (rest.length < length) return types
      types.push(head === 0 ? '' : String.fromCharCode(rest[0] as number))
      if (untyped > 0) untyped--
      rest = rest.subarray(length)
    }
  }
}
