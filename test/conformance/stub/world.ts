/**
 * What the stub holds, in memory. Time passes by requests, not by the clock: each request brings the first operation
 * of every server one tick further, so that a test sees every state and none depends on speed.
 */
import { randomBytes } from 'node:crypto'

export interface Snapshot {
  readonly id: number
  readonly serverId: number
  readonly name: string
  readonly description: string
  readonly createdAt: number
  status: 'in_progress' | 'completed'
  sizeMb: number | null
  operationId: number | null
}

export interface Server {
  readonly id: number
  readonly name: string
  readonly location: string
  status: string
  updatedAt: number
  canUndo: boolean
}

export interface Operation {
  readonly id: number
  readonly kind: string
  readonly serverId: number
  readonly snapshotId: number | null
  readonly createdAt: number
  readonly ticks: number
  left: number
  status: 'queued' | 'running' | 'completed' | 'cancelled'
  endedAt: number | null
  finish(): void
}

export interface Token {
  readonly id: number
  readonly name: string
  readonly permissions: readonly string[]
  readonly secret: string
  readonly createdAt: number
  readonly expiresAt: number | null
  lastUsedAt: number | null
}

export interface World {
  readonly limit: number
  readonly servers: Server[]
  readonly operations: Operation[]
  readonly replies: Map<string, { digest: string; reply: Reply; tokenId: number | null }>
  snapshots: Snapshot[]
  tokens: Token[]
  nextId: number
}

export interface Reply {
  status: number
  headers: Record<string, string>
  /** Undefined: no body. */
  body: unknown
}

const DAY = 86_400_000

export const ADMIN = 'admin'

export function makeWorld(limit = 5): World {
  const long = Math.floor(Date.now() / 1000) * 1000 - 30 * DAY
  const server = (id: number, name: string, status: string, location: string): Server => ({
    id,
    name,
    location,
    status,
    updatedAt: long,
    canUndo: false,
  })
  const snapshot = (id: number, createdAt: number): Snapshot => ({
    id,
    serverId: 2,
    name: `weekly_${id}`,
    description: '',
    createdAt,
    status: 'completed',
    sizeMb: 40 + id,
    operationId: null,
  })
  return {
    limit,
    servers: [server(1, 'web-server-01', 'active', 'here'), server(2, 'db-server-01', 'stopped', 'there')],
    // Two of the same second, and all of them on the other server.
    snapshots: [snapshot(11, long), snapshot(12, long + DAY), snapshot(13, long + DAY)],
    operations: [],
    tokens: [makeToken(21, 'everything', [ADMIN], null)],
    replies: new Map(),
    nextId: 100,
  }
}

export function makeToken(id: number, name: string, permissions: readonly string[], expiresAt: number | null): Token {
  const secret = `rp_${randomBytes(32).toString('base64url')}`
  return { id, name, permissions, secret, createdAt: Date.now(), expiresAt, lastUsedAt: null }
}

export const unfinished = (world: World, serverId: number) =>
  world.operations.filter(({ serverId: id, endedAt }) => id === serverId && endedAt === null)

export function begin(
  world: World,
  operation: Pick<Operation, 'kind' | 'serverId' | 'snapshotId' | 'ticks' | 'finish'>,
): Operation {
  const status = unfinished(world, operation.serverId).length > 0 ? 'queued' : 'running'
  const begun: Operation = {
    ...operation,
    id: world.nextId++,
    createdAt: Date.now(),
    left: operation.ticks,
    status,
    endedAt: null,
  }
  world.operations.push(begun)
  return begun
}

export function tick(world: World): void {
  for (const { id } of world.servers) {
    const [operation] = unfinished(world, id)
    if (!operation) continue
    operation.status = 'running'
    if (--operation.left > 0) continue
    operation.status = 'completed'
    operation.endedAt = Date.now()
    operation.finish()
  }
}
