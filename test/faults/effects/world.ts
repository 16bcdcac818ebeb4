/**
 * A host on which an operation is spoilt: its database, its driver, and what one sees of it without either. Each is
 * used once. At first a server of two disks runs, with three snapshots, of which the middle one is deleted.
 */
import type { Db } from '../../../packages/server/src/db/database.ts'
import type { LayerId } from '../../../packages/server/src/domain/layers.ts'
import type { Driver } from '../../../packages/server/src/drivers/driver.ts'
import type { Space } from '../../../packages/server/src/layers/space.ts'
import type { SnapshotDeps } from '../../../packages/server/src/snapshots/request-create.ts'
import type { Effects } from '../../../packages/server/test/support/effects.ts'

/** Block → value of its bytes; what is zero is left out. */
export type Content = ReadonlyMap<number, number>

/** What a service of that host works with. */
export interface Hands {
  readonly db: Db
  readonly driver: Driver
}

export interface World {
  readonly db: Db
  readonly accountId: number
  readonly serverId: number
  /** Of the two snapshots that were not deleted, oldest first. */
  readonly snapshotIds: readonly [number, number]
  readonly deps: Omit<SnapshotDeps, 'driver'>
  readonly space: Space

  /** For a service on this host, which closes it. There is one at a time. */
  openDriver(): Promise<Driver>
  /** The same in the hands of one that may be killed at any of its effects: which of them count is the world's to say. */
  openSpoilt(effects: Effects): Promise<Hands>
  /** What that one has begun is over, however it ended. */
  closeSpoilt(hands: Hands): Promise<void>

  /** What a layer reads as through all that lies below it, were every machine killed now. */
  contents(layer: LayerId): Promise<Content>
  /** Ids of the layers that have a file, ascending. */
  layerIds(): Promise<readonly LayerId[]>
  /** Ports of the host that a running server's machine forwards. */
  hostPorts(serverId: number): Promise<readonly number[]>
  /** As the guest of a running server does it, and syncs. */
  write(serverId: number, slot: number, block: number, value: number): Promise<void>
  /** As it happens to the guest of a running server when a disk of the host is full. */
  pause(serverId: number): Promise<void>
  /** A raw image that somebody has brought: its path. */
  bring(content: Content): Promise<string>
  /** What UEFI's variables hold in a new machine; null: machines here have none. */
  readonly variables: Content | null

  /** Throws unless, beside what the database can tell, all is as it must be on a host at rest. */
  verify(): Promise<void>
  close(): Promise<void>
}
