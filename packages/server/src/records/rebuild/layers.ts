/** Every layer that was found: whose it is, or that nobody knows. */
import type { LayerId } from '../../domain/layers.ts'
import type { ImageRecord } from '../schema.ts'
import { millis } from '../times.ts'
import type { Found, PlannedLayer, PlannedServer } from './plan.ts'
import type { FoundLayer, FoundTree } from './tree.ts'

export function planLayers(
  { layers }: Found,
  tree: FoundTree,
  images: readonly ImageRecord[],
  servers: readonly PlannedServer[],
): PlannedLayer[] {
  const imageLayers = new Map(images.flatMap(({ layer }) => (layer ? [[layer.id, layer] as const] : [])))
  const uses = usesOf(servers, tree)
  return [...layers, ...inPlace(imageLayers)].map(({ id, format, sizeBytes, allocatedBytes, changedAt }) => {
    const image = imageLayers.get(id)
    const use = image ? undefined : uses.get(id)
    const parentId = tree.parentOf(id)
    return {
      id,
      parentId: parentId !== null && tree.has(parentId) ? parentId : null,
      format,
      sizeBytes,
      allocatedBytes,
      file: image?.linked ? image.file : null,
      isImage: image !== undefined,
      state: image || use ? 'live' : 'kept',
      accountId: use?.accountId ?? null,
      serverId: use?.serverId ?? null,
      createdAt: image ? millis(image.created_at) : (use?.createdAt ?? changedAt),
    }
  })
}

type ImageLayer = NonNullable<ImageRecord['layer']>

/** Files of images that are not among those of the folder. */
function inPlace(imageLayers: ReadonlyMap<LayerId, ImageLayer>): Omit<FoundLayer, 'base'>[] {
  return [...imageLayers.values()]
    .filter(({ linked }) => linked)
    .map(({ id, format, size_bytes }) => ({ id, format, sizeBytes: size_bytes, allocatedBytes: 0, changedAt: 0 }))
}

interface Use {
  readonly accountId: number
  /** Null: the server that it was made for is gone. */
  readonly serverId: number | null
  readonly createdAt: number | null
}

/** What stands in the chain of a disk, a snapshot or an undo point. */
function usesOf(servers: readonly PlannedServer[], tree: FoundTree): Map<LayerId, Use> {
  const uses = new Map<LayerId, Use>()
  const serverIds = new Set(servers.map(({ record }) => record.id))
  for (const { record, active, snapshots, undo } of servers) {
    const told = new Map(record.layers.map(layer => [layer.id, layer]))
    const named = [...snapshots.flatMap(({ disks }) => disks), ...(undo?.disks ?? [])].map(({ layer }) => layer)
    const chains = [...active.values(), ...named].map(top => tree.chain(top))
    for (const id of chains.flatMap(chain => (typeof chain === 'string' ? [] : chain))) {
      const known = told.get(id)
      // Who tells of it knows better than who only stands on it.
      if (!known && uses.has(id)) continue
      const serverId = known ? known.server_id : record.id
      uses.set(id, {
        accountId: record.account.id,
        serverId: serverId !== null && serverIds.has(serverId) ? serverId : null,
        createdAt: known ? millis(known.created_at) : null,
      })
    }
  }
  return uses
}
