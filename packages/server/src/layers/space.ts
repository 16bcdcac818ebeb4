/**
 * What a host and an account have left. The file system and the layers' files are asked before a request's transaction,
 * because that takes a while; what is decided by what they said is decided in it.
 */
import type { Db, Trx } from '../db/database.ts'
import type { Driver } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { toLayer } from './store.ts'

export interface Space {
  /** Where layers live. */
  readonly freeBytes: number
  /** What the account's layers allocate; null where it has no quota of bytes, so that nobody asked. */
  readonly usedBytes: number | null
}

export async function readSpace(db: Db, driver: Driver, accountId: number): Promise<Space> {
  const { quota_bytes } = await quotaOf(db, accountId)
  return {
    freeBytes: await driver.freeBytes(),
    usedBytes: quota_bytes === null ? null : await readUsedBytes(db, driver, accountId),
  }
}

/** Allocated by the layers of the account's servers. What only others need any more counts against nobody. */
export async function readUsedBytes(db: Db, driver: Driver, accountId: number): Promise<number> {
  const rows = await db
    .selectFrom('layers')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('server_id', 'is not', null)
    .where('state', '!=', 'trash')
    .execute()
  const sizes = await driver.measure(rows.map(toLayer))
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
}

/**
 * What the active layers of a server hold: so much a cut seals, and a restore keeps for its undo. Named by itself or by
 * one of its snapshots; nothing of somebody else's.
 */
export async function activeBytes(
  db: Db,
  driver: Driver,
  of: { readonly accountId: number } & ({ readonly serverId: number } | { readonly snapshotId: number }),
): Promise<number> {
  const rows = await db
    .selectFrom('disks')
    .innerJoin('servers', 'servers.id', 'disks.server_id')
    .innerJoin('layers', 'layers.id', 'disks.active_layer_id')
    .selectAll('layers')
    .where('servers.account_id', '=', of.accountId)
    .where('servers.id', '=', eb =>
      'serverId' in of
        ? eb.val(of.serverId)
        : eb.selectFrom('snapshots').select('server_id').where('snapshots.id', '=', of.snapshotId),
    )
    .execute()
  const sizes = await driver.measure(rows.map(toLayer))
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
}

/**
 * A host without space stops its guests, and only deleting helps then. `neededBytes`: what is about to be written at
 * once. Throws `not_enough_space`.
 */
export function checkReserve(reserveBytes: number, freeBytes: number, neededBytes = 0): void {
  if (freeBytes - neededBytes >= reserveBytes) return
  throw new Failure(
    'not_enough_space',
    `${inMb(freeBytes)} MB are free where the layers are${needs(neededBytes)}; ${inMb(reserveBytes)} MB are kept in reserve.`,
  )
}

/** Before the first side effect. Throws `not_enough_space` or `quota_exceeded`. */
export async function checkSpace(
  trx: Trx,
  accountId: number,
  reserveBytes: number,
  { freeBytes, usedBytes }: Space,
  neededBytes = 0,
): Promise<void> {
  checkReserve(reserveBytes, freeBytes, neededBytes)
  const { quota_bytes } = await quotaOf(trx, accountId)
  if (quota_bytes === null || usedBytes === null || usedBytes + neededBytes < quota_bytes) return
  throw new Failure(
    'quota_exceeded',
    `The account's layers take ${inMb(usedBytes)} MB${needs(neededBytes)}; its quota is ${inMb(quota_bytes)} MB.`,
  )
}

/** One more server? Throws `quota_exceeded`. */
export async function checkServerQuota(trx: Trx, accountId: number): Promise<void> {
  const { quota_servers } = await quotaOf(trx, accountId)
  if (quota_servers === null) return
  const count = await countServers(trx, accountId)
  if (count < quota_servers) return
  throw new Failure('quota_exceeded', `The account has ${count} servers; its quota is ${quota_servers}.`)
}

/** Without those that could not be made. */
export async function countServers(db: Db | Trx, accountId: number): Promise<number> {
  const { count } = await db
    .selectFrom('servers')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .where(eb =>
      eb.or([
        eb('status', '!=', 'failed'),
        eb.exists(eb.selectFrom('disks').select('disks.id').whereRef('disks.server_id', '=', 'servers.id')),
      ]),
    )
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** How many snapshots a server has: those in progress and those completed. */
export async function countSnapshots(db: Db | Trx, serverId: number): Promise<number> {
  const { count } = await db
    .selectFrom('snapshots')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('server_id', '=', serverId)
    .where('deleted_at', 'is', null)
    .where('status', '!=', 'failed')
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** How many snapshots each of the account's servers may have. */
export async function snapshotLimitOf(db: Db | Trx, accountId: number, usual: number): Promise<number> {
  return (await quotaOf(db, accountId)).quota_snapshots ?? usual
}

function quotaOf(db: Db | Trx, accountId: number) {
  return db
    .selectFrom('accounts')
    .select(['quota_servers', 'quota_snapshots', 'quota_bytes'])
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow()
}

function needs(bytes: number): string {
  return bytes === 0 ? '' : ` and ${inMb(bytes)} MB are needed`
}

function inMb(bytes: number): number {
  return Math.floor(bytes / 1024 / 1024)
}
