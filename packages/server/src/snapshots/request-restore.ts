/** Asking for a restore or for its undo: everything that can refuse it, before anything is done. */
import { randomUUID } from 'node:crypto'
import { lockServer, type Trx } from '../db/database.ts'
import type { LayerId } from '../domain/layers.ts'
import { isLegal, legalStates, type ServerStatus } from '../domain/servers.ts'
import { Failure } from '../errors.ts'
import { readOwnServer } from '../layers/own-server.ts'
import { checkSpace, type Space } from '../layers/space.ts'
import { insertPrepared, leaseForUse, readLayer } from '../layers/store.ts'
import { refuseIfBusy } from '../operations/busy.ts'
import { enqueue } from '../operations/journal.ts'
import { serverLane } from '../operations/lanes.ts'
import { refuse, refuseIf } from '../operations/refuse.ts'
import type { SnapshotDeps } from './request-create.ts'

export interface RestoreInput {
  /** What the server was when it was asked for. */
  readonly status: ServerStatus
  /** The new VM generation id: so the guest knows that it is not what it was. */
  readonly generationId: string
  readonly disks: readonly {
    readonly diskId: number
    readonly slot: number
    /** What is restored. */
    readonly sourceId: LayerId
    /** The new layer on top of it. */
    readonly layerId: LayerId
  }[]
}

interface Source {
  readonly disk_id: number
  readonly slot: number
  readonly layer_id: number
}

export async function requestRestore(
  trx: Trx,
  deps: SnapshotDeps,
  request: { readonly accountId: number; readonly snapshotId: number },
  space: Space,
): Promise<{ serverId: number; operationId: number }> {
  const { accountId, snapshotId } = request
  const snapshot = await trx
    .selectFrom('snapshots')
    .select(['server_id', 'status'])
    .where('id', '=', snapshotId)
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (!snapshot) throw new Failure('not_found', `There is no snapshot ${snapshotId}.`)
  if (snapshot.status !== 'completed') {
    refuse(trx, new Failure('snapshot_not_restorable', `Snapshot ${snapshotId} is ${snapshot.status}.`))
  }
  const sources = await trx
    .selectFrom('snapshot_layers')
    .select(['disk_id', 'slot', 'layer_id'])
    .where('snapshot_id', '=', snapshotId)
    .orderBy('slot')
    .execute()
  const target = {
    accountId,
    serverId: snapshot.server_id,
    snapshotId,
    kind: 'snapshot_restore',
    action: 'restore',
  } as const
  return enqueueRestore(trx, deps, target, sources, space)
}

export async function requestUndo(
  trx: Trx,
  deps: SnapshotDeps,
  request: { readonly accountId: number; readonly serverId: number },
  space: Space,
): Promise<{ operationId: number }> {
  const { accountId, serverId } = request
  await readOwnServer(trx, request)
  // Before anything is said about undo points: the restore under way is about to make one.
  await refuseIfBusy(trx, serverId)
  const point = await trx
    .selectFrom('undo_points')
    .select('id')
    .where('server_id', '=', serverId)
    .where('expires_at', '>', deps.now())
    .orderBy('id', 'desc')
    .executeTakeFirst()
  if (!point) {
    throw new Failure('nothing_to_undo', `Server ${serverId} was not restored, or too long ago to undo it.`)
  }
  const sources = await trx
    .selectFrom('undo_layers')
    .select(['disk_id', 'slot', 'layer_id'])
    .where('undo_point_id', '=', point.id)
    .orderBy('slot')
    .execute()
  return enqueueRestore(trx, deps, { accountId, serverId, kind: 'server_undo', action: 'undo' }, sources, space)
}

async function enqueueRestore(
  trx: Trx,
  deps: SnapshotDeps,
  target: {
    readonly accountId: number
    readonly serverId: number
    readonly snapshotId?: number
    readonly kind: string
    readonly action: 'restore' | 'undo'
  },
  sources: readonly Source[],
  space: Space,
): Promise<{ serverId: number; operationId: number }> {
  const { accountId, serverId, action } = target
  await lockServer(trx, serverId)
  await refuseIfBusy(trx, serverId)
  const { status } = await readOwnServer(trx, target)
  if (!isLegal(action, status)) {
    const detail = `Server ${serverId} is ${status}; this needs one of: ${legalStates[action].join(', ')}.`
    refuse(trx, new Failure('server_wrong_state', detail))
  }
  await refuseIf(trx, () => checkSpace(trx, accountId, deps.reserveBytes, space))
  const now = deps.now()
  const disks: RestoreInput['disks'][number][] = []
  for (const source of sources) {
    const { sizeBytes } = await readLayer(trx, source.layer_id)
    const layerId = await insertPrepared(trx, { accountId, serverId, parentId: source.layer_id, sizeBytes, now })
    disks.push({ diskId: source.disk_id, slot: source.slot, sourceId: source.layer_id, layerId })
  }
  const { kind, snapshotId } = target
  const operationId = await enqueue(
    trx,
    {
      accountId,
      kind,
      lane: serverLane(serverId),
      serverId,
      ...(snapshotId === undefined ? {} : { snapshotId }),
      input: { status, generationId: randomUUID(), disks } satisfies RestoreInput,
    },
    now,
  )
  // The snapshot may be deleted from now on; what is being restored stays.
  await leaseForUse(
    trx,
    operationId,
    disks.map(disk => disk.sourceId),
  )
  await setStatus(trx, serverId, 'restoring', null, now)
  return { serverId, operationId }
}

export async function setStatus(
  trx: Trx,
  serverId: number,
  status: ServerStatus,
  reason: string | null,
  now: number,
): Promise<void> {
  await trx
    .updateTable('servers')
    .set({ status, status_reason: reason, updated_at: now })
    .where('id', '=', serverId)
    .execute()
}
