/**
 * What the host has to offer a server. It is asked before a request's transaction, because asking takes a while; what
 * is decided by it is decided in it.
 */
import type { Db, Trx } from '../db/database.ts'
import type { Driver } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { readSpace, type Space } from '../layers/space.ts'
import { refuse } from '../operations/refuse.ts'
import type { Forward, Wish } from './wish.ts'

export interface Memory {
  readonly totalMb: number
  readonly freeMb: number
}

export interface Offer {
  readonly space: Space
  readonly memory: Memory
  /** Null: no UEFI. */
  readonly nvramBytes: number | null
  /** Free ports of the loopback, more than are needed: another request may choose the same. */
  readonly ports: readonly number[]
}

const SPARE_PORTS = 3

/** @throws Failure `bridge_unavailable`, `port_taken` */
export async function readOffer(
  db: Db,
  driver: Driver,
  { accountId, network, forwards }: Pick<Wish, 'accountId' | 'network' | 'forwards'>,
): Promise<Offer> {
  if (network.startsWith('bridge:')) await driver.checkBridge(network.slice('bridge:'.length))
  return {
    space: await readSpace(db, driver, accountId),
    memory: await driver.memory(),
    nvramBytes: await driver.nvramBytes(),
    ports: await findPorts(db, driver, forwards),
  }
}

/** A stopped server's port is free for everybody who asks the host, and yet it is that server's. */
async function findPorts(db: Db, driver: Driver, forwards: readonly Forward[]): Promise<number[]> {
  for (const { hostPort } of forwards) if (hostPort !== null) await driver.findPort(hostPort)
  const open = forwards.filter(({ hostPort }) => hostPort === null).length
  if (open === 0) return []
  const taken = new Set(
    (await db.selectFrom('forwarded_ports').select('host_port').execute()).map(row => row.host_port),
  )
  for (const { hostPort } of forwards) if (hostPort !== null) taken.add(hostPort)
  const found = new Set<number>()
  const tries = 10 * (open + SPARE_PORTS) + taken.size
  for (let attempt = 0; attempt < tries && found.size < open + SPARE_PORTS; attempt++) {
    const port = await driver.findPort(null)
    if (!taken.has(port)) found.add(port)
  }
  return [...found]
}

/** @throws Failure `not_enough_memory` */
export function checkMemory(wantedMb: number, { totalMb, freeMb }: Memory): void {
  if (wantedMb > totalMb) {
    throw new Failure('not_enough_memory', `${wantedMb} MB are wanted; the host has ${totalMb} MB.`)
  }
  if (wantedMb > freeMb) {
    throw new Failure('not_enough_memory', `${wantedMb} MB are wanted; ${freeMb} MB of the host are free.`)
  }
}

/** The server's from now on, until it is deleted. @throws Failure `port_taken` */
export async function takePorts(
  trx: Trx,
  serverId: number,
  forwards: readonly Forward[],
  free: readonly number[],
): Promise<void> {
  const left = [...free]
  // Those that were named first, so that none is chosen that is named as well.
  const named = forwards.filter(({ hostPort }) => hostPort !== null)
  for (const { guestPort, hostPort } of named) {
    if (!(await takePort(trx, serverId, hostPort as number, guestPort))) {
      refuse(trx, new Failure('port_taken', `Port ${hostPort} is forwarded into another server.`))
    }
  }
  for (const { guestPort } of forwards.filter(({ hostPort }) => hostPort === null)) {
    let isTaken = false
    while (!isTaken) {
      const port = left.shift()
      if (port === undefined) throw new Failure('port_taken', 'The ports that were free have been taken meanwhile.')
      isTaken = await takePort(trx, serverId, port, guestPort)
    }
  }
}

async function takePort(trx: Trx, serverId: number, hostPort: number, guestPort: number): Promise<boolean> {
  const row = await trx
    .insertInto('forwarded_ports')
    .values({ host_port: hostPort, server_id: serverId, guest_port: guestPort })
    .onConflict(conflict => conflict.column('host_port').doNothing())
    .returning('host_port')
    .executeTakeFirst()
  return row !== undefined
}
