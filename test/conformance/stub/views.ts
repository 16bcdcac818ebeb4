/** How the stub's things look on the wire. */
import type { Operation, Server, Snapshot, Token, World } from './world.ts'

export const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`
const timeOrNull = (ms: number | null) => (ms === null ? null : time(ms))

export function viewSnapshot(world: World, snapshot: Snapshot) {
  const server = world.servers.find(({ id }) => id === snapshot.serverId)
  return {
    id: snapshot.id,
    server: { id: snapshot.serverId, name: server?.name },
    name: snapshot.name,
    status: snapshot.status,
    size_mb: snapshot.sizeMb,
    created_at: time(snapshot.createdAt),
    description: snapshot.description,
  }
}

export function viewDetail(world: World, snapshot: Snapshot) {
  const cut = {
    requested: 'auto',
    achieved: 'filesystem',
    reason: null,
    cut_at: time(snapshot.createdAt + 1000),
    freeze_ms: 38,
    pause_ms: 3,
  }
  return { ...viewSnapshot(world, snapshot), receipt: snapshot.status === 'completed' ? cut : null }
}

export function viewServer(server: Server) {
  return {
    id: server.id,
    name: server.name,
    hostname: server.name,
    status: server.status,
    ip_address: server.status === 'active' ? '192.0.2.7' : null,
    location: server.location,
    plan: { id: 1, name: 'tiny', vcpus: 1, memory: 128, storage: 1 },
    os: { id: 1, name: 'Tiny Linux' },
    created_at: time(server.updatedAt - 1000),
    updated_at: time(server.updatedAt),
  }
}

export function viewLayers(world: World, server: Server) {
  const sealed = world.snapshots.filter(({ serverId }) => serverId === server.id).sort((a, b) => a.id - b.id)
  const layer = (id: number, parent: number | null, kind: string) => ({ id, parent_id: parent, kind })
  return [
    layer(1, null, 'image'),
    ...sealed.map(({ id }, at) => layer(id, sealed[at - 1]?.id ?? 1, 'sealed')),
    layer(server.id + 1_000_000, sealed.at(-1)?.id ?? 1, 'active'),
  ]
}

export function viewOperation(operation: Operation) {
  return {
    id: operation.id,
    kind: operation.kind,
    status: operation.status,
    step: operation.endedAt === null ? 'working' : null,
    progress: 1 - operation.left / operation.ticks,
    attempts: 1,
    error: null,
    server_id: operation.serverId,
    snapshot_id: operation.snapshotId,
    created_at: time(operation.createdAt),
    ended_at: timeOrNull(operation.endedAt),
  }
}

export function viewToken(token: Token) {
  return {
    id: token.id,
    name: token.name,
    permissions: token.permissions,
    created_at: time(token.createdAt),
    expires_at: timeOrNull(token.expiresAt),
    last_used_at: timeOrNull(token.lastUsedAt),
  }
}
