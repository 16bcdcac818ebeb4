/**
 * The consoles of all servers, and who sits at them. Held from the service's start, so that what was said before somebody
 * looks is there. Nothing waits for a console: no start, no restore, no cut.
 */
import { randomBytes } from 'node:crypto'
import type { Db } from '../db/database.ts'
import type { Driver } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { Line } from './line.ts'
import { Seat } from './seat.ts'
import { type Pass, Tickets } from './tickets.ts'

export interface TerminalsOptions {
  readonly db: Db
  readonly driver: Pick<Driver, 'openConsole' | 'onEvent'>
  /** Epoch ms. */
  readonly now: () => number
  readonly log: { warn(fields: object, text: string): void }
}

/** Open at once. */
export const SEATS_A_SERVER = 10
export const SEATS_A_TOKEN = 20
const LONGEST_TIMER_MS = 2 ** 31 - 1

export class Terminals {
  readonly #options: TerminalsOptions
  readonly #tickets: Tickets
  readonly #lines = new Map<number, Line>()
  readonly #seats = new Set<Seat>()
  /** Offsets count from this service's start. */
  readonly #consoleId = randomBytes(4).toString('hex')
  #forget = () => {}
  #timer: NodeJS.Timeout | undefined
  /** The next token's end. */
  #expiry: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: TerminalsOptions) {
    this.#options = options
    this.#tickets = new Tickets(options.now)
  }

  /** Before machines are adopted or started, so that none is missed. */
  start(everyMs: number): void {
    this.#forget = this.#options.driver.onEvent(({ serverId }) => this.#lineOf(serverId).look())
    const look = () => {
      this.look().catch(err => this.#options.log.warn({ err }, 'could not look which servers have consoles'))
      this.#checkLater()
    }
    look()
    this.#timer = setInterval(look, everyMs)
  }

  /** An event may have been missed; and of a server that is gone nothing is kept. */
  async look(): Promise<void> {
    const known = [...this.#lines.keys()]
    const rows = await this.#options.db.selectFrom('servers').select('id').where('deleted_at', 'is', null).execute()
    if (this.#isClosed) return
    const live = new Set(rows.map(({ id }) => id))
    for (const id of live) this.#lineOf(id).look()
    for (const id of known) {
      if (live.has(id)) continue
      this.#lines.get(id)?.close()
      this.#lines.delete(id)
    }
  }

  #lineOf(serverId: number): Line {
    let line = this.#lines.get(serverId)
    if (!line) {
      const { driver, log } = this.#options
      const onTrouble = (err: unknown) => log.warn({ server: serverId, err }, 'the console of a server cannot be had')
      line = new Line(() => driver.openConsole(serverId), onTrouble)
      this.#lines.set(serverId, line)
    }
    return line
  }

  get isOccupied(): boolean {
    return this.#seats.size > 0
  }

  /** How many servers' consoles are remembered. */
  get consoles(): number {
    return this.#lines.size
  }

  /** How many sit at the consoles of this server, or with this token. */
  count(of: 'serverId' | 'tokenId', id: number): number {
    return [...this.#seats].filter(({ pass }) => pass[of] === id).length
  }

  /** Why nobody more may sit down; undefined: one more may. */
  refusal({ serverId, tokenId }: Pass): Failure | undefined {
    if (this.count('serverId', serverId) >= SEATS_A_SERVER)
      return new Failure('terminal_limit_reached', `At most ${SEATS_A_SERVER} terminals of one server are open at once`)
    if (this.count('tokenId', tokenId) >= SEATS_A_TOKEN)
      return new Failure('terminal_limit_reached', `At most ${SEATS_A_TOKEN} terminals of one token are open at once`)
    return undefined
  }

  issue(ticket: string, pass: Pass): void {
    this.#tickets.issue(ticket, pass, SEATS_A_TOKEN)
  }

  /**
   * A seat for a ticket, which is used up by this. Whoever does not sit down leaves it.
   * @throws Failure `not_found`, `unavailable`, `terminal_limit_reached`
   */
  async take(ticket: string, serverId: number): Promise<Seat> {
    const pass = this.#tickets.take(ticket, serverId)
    if (!pass) throw new Failure('not_found', 'The ticket is unknown, used or expired')
    if (this.#isClosed) throw new Failure('unavailable', 'The service is stopping')
    const refusal = this.refusal(pass)
    if (refusal) throw refusal
    const onLeft = (seat: Seat) => void this.#seats.delete(seat)
    const seat = new Seat({ pass, line: this.#lineOf(serverId), consoleId: this.#consoleId, onLeft })
    // Taken before it is asked whether it may be: whatever ends the right to it from now on finds it here.
    this.#seats.add(seat)
    try {
      await this.check()
      if (seat.ending) throw new Failure('not_found', 'The ticket is of no use any more')
      return seat
    } catch (error) {
      seat.leave()
      throw error
    }
  }

  /** Whoever lost the right to sit where they sit goes. After every change that could have taken it. */
  async check(): Promise<void> {
    const seats = [...this.#seats]
    if (seats.length === 0) return
    const { db, now } = this.#options
    const ids = (of: keyof Pass) => [...new Set(seats.map(({ pass }) => pass[of]))]
    const [tokens, servers] = await Promise.all([
      db.selectFrom('tokens').select(['id', 'expires_at']).where('id', 'in', ids('tokenId')).execute(),
      db
        .selectFrom('servers')
        .select(['id', 'account_id'])
        .where('id', 'in', ids('serverId'))
        .where('deleted_at', 'is', null)
        .execute(),
    ])
    let next = LONGEST_TIMER_MS
    for (const seat of seats) {
      const token = tokens.find(({ id }) => id === seat.pass.tokenId)
      const server = servers.find(({ id }) => id === seat.pass.serverId)
      const leftMs = token ? (token.expires_at ?? Number.POSITIVE_INFINITY) - now() : 0
      if (leftMs <= 0) seat.end('token_ended')
      else if (server?.account_id !== seat.pass.accountId) seat.end('server_deleted')
      else next = Math.min(next, leftMs)
    }
    clearTimeout(this.#expiry)
    this.#expiry = setTimeout(() => this.#checkLater(), next).unref()
  }

  #checkLater(): void {
    this.check().catch(err => this.#options.log.warn({ err }, 'could not look who may sit at a console'))
  }

  /** Everybody goes, and nobody comes any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const seat of this.#seats) seat.end('stopping')
    await Promise.all([...this.#seats].map(seat => seat.left))
  }

  /** Lets go of the consoles. Machines run on. */
  async stop(): Promise<void> {
    await this.close()
    this.#forget()
    clearInterval(this.#timer)
    clearTimeout(this.#expiry)
    for (const line of this.#lines.values()) line.close()
    this.#lines.clear()
  }
}
