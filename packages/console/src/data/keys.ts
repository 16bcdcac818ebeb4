/** Under which names answers are kept, and which of them an event makes old. */
import type { QueryKey } from '@tanstack/react-query'

export const keys = {
  servers: ['servers'],
  /** Begins as all of them do, so it is old when they are. */
  server: (id: number) => ['servers', id],
  layers: (serverId: number) => ['servers', serverId, 'layers'],
  snapshots: ['snapshots'],
  snapshot: (id: number) => ['snapshots', id],
  operations: ['operations'],
  operation: (id: number) => ['operations', id],
  images: ['images'],
  tokens: ['tokens'],
  accounts: ['accounts'],
  me: ['me'],
  dryRuns: ['dry-run'],
} as const

/** Event → what it makes old. A snapshot is a layer's name, so a server's layers are old with it. */
const olds: Readonly<Record<string, readonly QueryKey[]>> = {
  server: [keys.servers, keys.dryRuns],
  snapshot: [keys.snapshots, keys.servers, keys.dryRuns],
  operation: [keys.operations, keys.servers, keys.snapshots],
  image: [keys.images],
  token: [keys.tokens, keys.me],
  account: [keys.accounts, keys.me],
}

/** For an event that says that some were missed (`reset`), everything. */
export function keysOf(event: string): readonly QueryKey[] {
  return olds[event] ?? Object.values(olds).flat()
}
