/** A machine's network cable follows what its server's row says. */
import type { Db } from '../db/database.ts'
import type { Driver } from '../drivers/driver.ts'

/**
 * Whoever has changed the row calls it afterwards, and so does the service when it starts: it may have ended in between.
 * Two at once agree in the end, because each looks whether what it has done is still wanted.
 */
export async function followCable(db: Db, driver: Driver, serverId: number): Promise<void> {
  for (let done: boolean | undefined; ; ) {
    const server = await db
      .selectFrom('servers')
      .select(['network', 'quarantined_at'])
      .where('id', '=', serverId)
      .executeTakeFirst()
    if (!server || server.network === 'none') return
    const isPlugged = server.quarantined_at === null
    if (done === isPlugged) return
    await driver.setPlugged(serverId, isPlugged)
    done = isPlugged
  }
}
