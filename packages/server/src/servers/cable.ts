/** A machine's network cable follows what its server's row says. */
import type { Db } from '../db/database.ts'
import type { Driver } from '../drivers/driver.ts'

export class Cables {
  readonly #db: Db
  readonly #driver: Driver
  /** Servers whose machines did not hear of it. */
  readonly #behind = new Set<number>()

  constructor(db: Db, driver: Driver) {
    this.#db = db
    this.#driver = driver
  }

  /** Whoever has changed the row calls it afterwards, and so does the service when it starts: it may have ended in between. */
  async follow(serverId: number): Promise<void> {
    try {
      await this.#plug(serverId)
    } catch (error) {
      this.#behind.add(serverId)
      throw error
    }
  }

  /** For a machine that answers again. */
  async catchUp(serverId: number): Promise<void> {
    if (this.#behind.delete(serverId)) await this.follow(serverId)
  }

  /** Two at once agree in the end, because each looks whether what it has done is still wanted. */
  async #plug(serverId: number): Promise<void> {
    for (let done: boolean | undefined; ; ) {
      const server = await this.#db
        .selectFrom('servers')
        .select(['network', 'quarantined_at'])
        .where('id', '=', serverId)
        .executeTakeFirst()
      if (!server || server.network === 'none') return
      const isPlugged = server.quarantined_at === null
      if (done === isPlugged) return
      await this.#driver.setPlugged(serverId, isPlugged)
      done = isPlugged
    }
  }
}
