import { toFields, toId, toPage, toSnapshotRequest } from './fields.ts'
import { invalid, Problem } from './problems.ts'
import { type Handler, header, json, type StubRequest } from './request.ts'
import { viewDetail, viewSnapshot } from './views.ts'
import { begin, type Operation, type Snapshot, tick, unfinished, type World } from './world.ts'

export const CREATE_TICKS = 3
export const RESTORE_TICKS = 6

export function paged(request: StubRequest, path: string, all: readonly unknown[]) {
  const { limit, offset } = toPage(request.query)
  const results = all.slice(offset, limit === undefined ? undefined : offset + limit)
  if (limit === undefined || offset + limit >= all.length) return json(200, { count: all.length, results })
  const next = new URLSearchParams(request.query)
  next.set('offset', String(offset + limit))
  return json(200, { count: all.length, results }, { link: `</api/v1${path}?${next}>; rel="next"` })
}

export function find<T extends { id: number }>(all: readonly T[], request: StubRequest, noun: string): T {
  const found = all.find(({ id }) => id === toId(request.id))
  if (!found) throw new Problem('not_found', `There is no such ${noun}.`)
  return found
}

export const newestFirst = (a: Snapshot, b: Snapshot) =>
  Math.floor(b.createdAt / 1000) - Math.floor(a.createdAt / 1000) || b.id - a.id

export const listSnapshots: Handler = (world, request) => {
  const filter = request.query.getAll('server_id')
  const serverId = toId(filter[0])
  if (filter.length > 1 || (filter.length === 1 && serverId === undefined)) throw invalid({ server_id: 'An integer.' })
  const all = world.snapshots.filter(snapshot => filter.length === 0 || snapshot.serverId === serverId)
  const views = all.sort(newestFirst).map(snapshot => viewSnapshot(world, snapshot))
  return paged(request, '/snapshots/', views)
}

export const showSnapshot: Handler = (world, request) =>
  json(200, viewDetail(world, find(world.snapshots, request, 'snapshot')))

export const createSnapshot: Handler = (world, request) => {
  const { serverId, name, description } = toSnapshotRequest(toFields(request.body))
  const consistency = request.query.getAll('consistency')
  if (consistency.length > 1 || !['auto', 'crash', 'filesystem'].includes(consistency[0] ?? 'auto')) {
    throw invalid({ consistency: 'auto, crash or filesystem.' })
  }
  const memory = request.query.getAll('memory')
  if (memory.length > 1 || !['true', 'false'].includes(memory[0] ?? 'false'))
    throw invalid({ memory: 'true or false.' })
  if (memory[0] === 'true') throw new Problem('capability_missing', 'The memory cannot be kept yet.')
  if (!world.servers.some(({ id }) => id === serverId)) throw new Problem('not_found', 'There is no such server.')
  if (world.snapshots.filter(each => each.serverId === serverId).length >= world.limit) {
    throw new Problem('snapshot_limit_reached', `The server has ${world.limit} snapshots.`)
  }
  const snapshot: Snapshot = {
    id: world.nextId++,
    serverId,
    name,
    description,
    createdAt: Date.now(),
    status: 'in_progress',
    sizeMb: null,
    operationId: null,
  }
  world.snapshots.push(snapshot)
  const operation = begin(world, {
    kind: 'snapshot_create',
    serverId,
    snapshotId: snapshot.id,
    ticks: CREATE_TICKS,
    finish: () => Object.assign(snapshot, { status: 'completed', sizeMb: 12 }),
  })
  snapshot.operationId = operation.id
  wait(world, request, operation)
  const message = 'The snapshot is being created. That takes about 1 second.'
  return json(201, { ...viewSnapshot(world, snapshot), message }, { 'operation-id': String(operation.id) })
}

/** Prefer: wait=N, in ticks: everything ends in time here. */
export function wait(world: World, request: StubRequest, operation: Operation): void {
  if (!/\bwait=\d+/.test(header(request, 'prefer') ?? '')) return
  while (operation.endedAt === null) tick(world)
}

export function refuseBusy(world: World, serverId: number): void {
  const [busy] = unfinished(world, serverId)
  if (!busy) return
  const detail = `Operation ${busy.id} is going on.`
  throw new Problem('server_busy', detail, { operation_id: busy.id }, { 'retry-after': '1' })
}

export const restoreSnapshot: Handler = (world, request) => {
  const snapshot = find(world.snapshots, request, 'snapshot')
  if (snapshot.status !== 'completed') throw new Problem('snapshot_not_restorable', 'It is still in progress.')
  refuseBusy(world, snapshot.serverId)
  const server = world.servers.find(({ id }) => id === snapshot.serverId)!
  const before = server.status
  server.status = 'restoring'
  const operation = begin(world, {
    kind: 'snapshot_restore',
    serverId: server.id,
    snapshotId: snapshot.id,
    ticks: RESTORE_TICKS,
    finish: () => Object.assign(server, { status: before, canUndo: true, updatedAt: Date.now() }),
  })
  const { id, name, created_at } = viewSnapshot(world, snapshot)
  const body = {
    status: 'success',
    message: 'The server is being restored. That takes about 3 seconds.',
    snapshot: { id, name, created_at },
    server: { id: server.id, name: server.name, status: 'restoring' },
  }
  return json(200, body, { 'operation-id': String(operation.id) })
}

export const deleteSnapshot: Handler = (world, request) => {
  const snapshot = find(world.snapshots, request, 'snapshot')
  world.snapshots = world.snapshots.filter(each => each !== snapshot)
  const operation = world.operations.find(({ id }) => id === snapshot.operationId)
  if (operation?.endedAt === null) Object.assign(operation, { status: 'cancelled', endedAt: Date.now() })
  return { status: 204, headers: {}, body: undefined }
}
