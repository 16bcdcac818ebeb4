/** For whom a layer matters. */
import type { LayerId } from '../domain/layers.ts'
import { chainOf } from './rows.ts'
import type { World } from './world.ts'

/** As a sentence. */
export function whoReads({ rows }: Pick<World, 'rows'>, layer: LayerId): string {
  const reads = (top: LayerId) => chainOf(rows, top).includes(layer)
  const servers = new Set(rows.disks.filter(disk => reads(disk.active_layer_id)).map(disk => disk.server_id))
  const snapshots = new Set(rows.snapshotLayers.filter(row => reads(row.layer_id)).map(row => row.snapshot_id))
  const undo = rows.undoLayers.some(row => reads(row.layer_id))
  const who = [
    ...[...servers].map(id => `server ${id}`),
    ...[...snapshots].map(id => `snapshot ${id}`),
    ...(undo ? ['what a restore can be undone to'] : []),
  ]
  return who.length === 0 ? 'Nobody reads it.' : `It is read by ${who.join(', ')}.`
}
