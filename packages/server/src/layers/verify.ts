/** Do the database, a running QEMU and the headers on disk tell the same of a server's chains? */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../db/database.ts'
import { chainsAgree, type LayerId } from '../domain/layers.ts'
import type { Driver } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { readDisks } from './machine.ts'
import { mergingAway, readChain } from './store.ts'

const TRIES = 5

/** Throws `Failure('chain_mismatch')`. A merge may end between two looks, so a disagreement is looked at again. */
export async function verifyChains(db: Db, driver: Driver, serverId: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const mismatch = await findMismatch(db, driver, serverId)
    if (mismatch === undefined) return
    if (attempt === TRIES) throw new Failure('chain_mismatch', mismatch)
    await sleep(20 * attempt)
  }
}

async function findMismatch(db: Db, driver: Driver, serverId: number): Promise<string | undefined> {
  const before = await mergingAway(db)
  const machine = await driver.inspect(serverId)
  for (const disk of await readDisks(db, serverId)) {
    const chain = await readChain(db, disk.active_layer_id)
    const onDisk = await driver.readChain(chain)
    const merging = new Set([...before, ...(await mergingAway(db))])
    const expected = chain.map(layer => layer.id)
    const views: [string, readonly LayerId[] | undefined][] = [['The headers on disk', onDisk]]
    if (machine.state !== 'absent') views.push(['The running machine', machine.chains.get(disk.id)])
    for (const [who, actual] of views) {
      if (actual && chainsAgree(expected, actual, merging)) continue
      return `${who} of server ${serverId} show the chain ${actual?.join(' → ') ?? 'none'}; recorded is ${expected.join(' → ')}.`
    }
  }
  return undefined
}
