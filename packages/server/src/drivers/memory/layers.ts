/** Layers on the disk that never fails. */
import type { LayerId } from '../../domain/layers.ts'
import { Failure } from '../../errors.ts'
import { type Layer, LayerBusy } from '../driver.ts'
import { machinesWith, stored } from './content.ts'
import { look, useInPlace } from './host-files.ts'
import { type OfflineJobs, yieldMerges } from './merge.ts'
import { BLOCK_BYTES, type World } from './world.ts'

export async function createLayer(world: World, layer: Layer, parent: Layer | null): Promise<void> {
  const parentId = parent?.id ?? null
  if (parent?.file != null && !world.layers.has(parent.id)) {
    useInPlace(world, parent, look(world, { path: parent.file, format: parent.format }))
  }
  if (parentId !== null) stored(world, parentId)
  const existing = world.layers.get(layer.id)
  if (existing && existing.parentId !== parentId) {
    throw new Failure('chain_mismatch', `Layer ${layer.id} exists and does not stand on layer ${parentId}.`)
  }
  if (existing) return
  world.layers.set(layer.id, {
    id: layer.id,
    sizeBytes: layer.sizeBytes,
    isImage: false,
    parentId,
    blocks: new Map(),
  })
}

export async function discardLayer(world: World, offline: OfflineJobs, layer: Layer): Promise<void> {
  const [user] = machinesWith(world, layer.id)
  if (user) throw new LayerBusy(`in use by server ${user.serverId}`)
  yieldMerges(offline, job => job.child === layer.id)
  for (const job of offline.values()) {
    if (job.garbage === layer.id) throw new LayerBusy(`merge ${job.id} needs it`)
  }
  for (const machine of world.machines.values()) machine.attached.delete(layer.id)
  world.layers.delete(layer.id)
}

export async function measureLayers(world: World, layers: readonly Layer[]): Promise<ReadonlyMap<LayerId, number>> {
  const sizes = new Map<LayerId, number>()
  for (const { id } of layers) {
    const own = world.layers.get(id)?.blocks
    if (!own) continue
    const [machine] = machinesWith(world, id)
    const blocks = new Set([...own.keys(), ...(machine?.unflushed.get(id)?.keys() ?? [])])
    sizes.set(id, blocks.size * BLOCK_BYTES)
  }
  return sizes
}

export function pathOf(layer: Layer): string {
  return layer.file ?? `/memory/layers/${layer.id}.qcow2`
}
