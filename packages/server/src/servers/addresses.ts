/**
 * Each running server's address, as its guest agent tells it. A guest is in no hurry to get one after its boot and tells
 * nobody when it has, so it is asked again and again, less and less often; nobody waits for the answers.
 */
import type { Db } from '../db/database.ts'
import type { Driver } from '../drivers/driver.ts'

export interface AddressesOptions {
  readonly db: Db
  readonly driver: Pick<Driver, 'describe'>
  readonly now: () => number
  readonly log: { warn(fields: object, text: string): void }
  /** From the first time to the second, ms; doubled each time. */
  readonly firstDelayMs?: number
}

const FIRST_DELAY_MS = 1000
/** Then the watcher's own rounds are often enough. */
const TRIES = 5

export class Addresses {
  readonly #options: AddressesOptions
  readonly #asking = new Map<number, Promise<void>>()
  readonly #tries = new Map<number, number>()
  readonly #timers = new Map<number, NodeJS.Timeout>()
  #stopped = false

  constructor(options: AddressesOptions) {
    this.#options = options
  }

  /** It runs: what is its address? */
  ask(serverId: number): void {
    if (this.#stopped || this.#asking.has(serverId) || this.#timers.has(serverId)) return
    const asking = this.#ask(serverId)
      .catch(error =>
        this.#options.log.warn({ server: serverId, err: error }, 'could not ask for the address of a server'),
      )
      .finally(() => this.#asking.delete(serverId))
    this.#asking.set(serverId, asking)
  }

  /** It has ended: its next boot is a new one. */
  forget(serverId: number): void {
    this.#tries.delete(serverId)
    clearTimeout(this.#timers.get(serverId))
    this.#timers.delete(serverId)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const serverId of [...this.#timers.keys()]) this.forget(serverId)
    await Promise.all(this.#asking.values())
  }

  async #ask(serverId: number): Promise<void> {
    const { db, driver, now } = this.#options
    const server = await db
      .selectFrom('servers')
      .select(['network', 'ip_address'])
      .where('id', '=', serverId)
      .executeTakeFirst()
    if (!server || server.network === 'none') return
    const facts = await driver.describe(serverId)
    // No answer says nothing: the agent may be busy.
    const address = facts === null ? server.ip_address : (facts.ipAddresses[0] ?? null)
    if (address === null) this.#askLater(serverId)
    if (address === server.ip_address) return
    await db
      .updateTable('servers')
      .set({ ip_address: address, updated_at: now() })
      .where('id', '=', serverId)
      // It may have ended meanwhile.
      .where('status', '=', 'active')
      .execute()
  }

  #askLater(serverId: number): void {
    const tries = this.#tries.get(serverId) ?? 0
    if (this.#stopped || tries >= TRIES) return
    this.#tries.set(serverId, tries + 1)
    const again = () => {
      this.#timers.delete(serverId)
      this.ask(serverId)
    }
    const delay = (this.#options.firstDelayMs ?? FIRST_DELAY_MS) * 2 ** tries
    this.#timers.set(serverId, setTimeout(again, delay).unref())
  }
}
