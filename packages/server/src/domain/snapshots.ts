/** `failed` ones stay listed for a day; a snapshot being deleted has left the list and has no status of its own. */
export const snapshotStatuses = ['in_progress', 'completed', 'failed'] as const
export type SnapshotStatus = (typeof snapshotStatuses)[number]

/** The documented alphabet, ASCII only. A name is never part of a path. */
export const SNAPSHOT_NAME = '^[A-Za-z0-9_-]{1,255}$'
export const DESCRIPTION_MAX = 1000

const MIB = 1024 * 1024

/**
 * `size_mb` of a snapshot: bytes allocated in its chains, each disk capped at its virtual size, in whole MiB rounded
 * up, at least 1.
 */
export function sizeMb(disks: readonly { allocatedBytes: number; virtualBytes: number }[]): number {
  const bytes = disks.reduce((sum, disk) => sum + Math.min(disk.allocatedBytes, disk.virtualBytes), 0)
  return Math.max(1, Math.ceil(bytes / MIB))
}
