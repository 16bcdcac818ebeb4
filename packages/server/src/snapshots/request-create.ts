/** Asking for a snapshot: everything that can refuse it, before anything is done. */
import { lockServer, type Trx } from '../db/database.ts'
import type { ConsistencyRequest } from '../domain/consistency.ts'
import { type LayerId, MAX_CHAIN_DEPTH } from '../domain/layers.ts'
import { isLegal, legalStates } from '../domain/servers.ts'
import type { Driver } from '../drivers/driver.ts'
import { Failure } from '../errors.ts'
import { readDisks } from '../layers/machine.ts'
import { readOwnServer } from '../layers/own-server.ts'
import { checkSpace, countSnapshots, type Space, snapshotLimitOf } from '../layers/space.ts'
import { insertPrepared, readChain, readLayer } from '../layers/store.ts'
import { enqueue, inLane } from '../operations/journal.ts'
import { serverLane } from '../operations/lanes.ts'
import { refuse, refuseIf } from '../operations/refuse.ts'

export interface SnapshotDeps {
  readonly driver: Driver
  readonly now: () => number
  /** A server may have so many, where its account has no quota of its own. */
  readonly snapshotLimit: number
  readonly reserveBytes: number
  /** How long a restore can be undone. */
  readonly undoMs: number
}

export interface CreateRequest {
  readonly accountId: number
  readonly serverId: number
  readonly name: string
  readonly description: string
  readonly consistency: ConsistencyRequest
}

export interface CreateInput {
  readonly consistency: ConsistencyRequest
  /** The new layer of each disk. */
  readonly disks: readonly { readonly diskId: number; readonly slot: number; readonly layerId: LayerId }[]
}

/** The request's transaction: limit checked, snapshot and operation there, or nothing. */
export async function requestCreate(
  trx: Trx,
  deps: SnapshotDeps,
  request: CreateRequest,
  space: Space,
): Promise<{ snapshotId: number; operationId: number }> {
  const { accountId, serverId } = request
  await lockServer(trx, serverId)
  const server = await readOwnServer(trx, request)
  if (!isLegal('snapshot', server.status)) {
    const detail = `Server ${serverId} is ${server.status}; a snapshot needs one of: ${legalStates.snapshot.join(', ')}.`
    refuse(trx, new Failure('server_wrong_state', detail))
  }
  await checkLimit(trx, deps, request)
  await refuseIf(trx, () => checkSpace(trx, accountId, deps.reserveBytes, space))
  const disks = await readDisks(trx, serverId)
  await checkDepth(trx, serverId, disks)

  const now = deps.now()
  const inputs: { diskId: number; slot: number; layerId: LayerId }[] = []
  for (const disk of disks) {
    const active = await readLayer(trx, disk.active_layer_id)
    // The parent is decided when its turn comes: others may be queued before it.
    const layerId = await insertPrepared(trx, { accountId, serverId, parentId: null, sizeBytes: active.sizeBytes, now })
    inputs.push({ diskId: disk.id, slot: disk.slot, layerId })
  }
  const { id: snapshotId } = await trx
    .insertInto('snapshots')
    .values({
      account_id: accountId,
      server_id: serverId,
      name: request.name,
      description: request.description,
      status: 'in_progress',
      created_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const input: CreateInput = { consistency: request.consistency, disks: inputs }
  const operationId = await enqueue(
    trx,
    { accountId, kind: 'snapshot_create', lane: serverLane(serverId), serverId, snapshotId, input },
    now,
  )
  await trx.updateTable('snapshots').set({ operation_id: operationId }).where('id', '=', snapshotId).execute()
  return { snapshotId, operationId }
}

async function checkLimit(trx: Trx, deps: SnapshotDeps, request: CreateRequest): Promise<void> {
  const count = await countSnapshots(trx, request.serverId)
  const limit = await snapshotLimitOf(trx, request.accountId, deps.snapshotLimit)
  if (count < limit) return
  const detail = `Server ${request.serverId} has ${count} snapshots; the limit is ${limit}.`
  refuse(trx, new Failure('snapshot_limit_reached', detail))
}

async function checkDepth(trx: Trx, serverId: number, disks: readonly { active_layer_id: number }[]): Promise<void> {
  const queued = (await inLane(trx, serverLane(serverId))).length
  for (const disk of disks) {
    const depth = (await readChain(trx, disk.active_layer_id)).length
    if (depth + queued + 1 <= MAX_CHAIN_DEPTH) continue
    const detail = `${depth} layers lie on top of each other; the limit is ${MAX_CHAIN_DEPTH}.`
    refuse(trx, new Failure('chain_too_deep', detail))
  }
}
