/** A copy of a sealed chain that stands on nothing. Merges that write to the chain give way, and wait. */
import type { LayerId } from '../../domain/layers.ts'
import { Failure } from '../../errors.ts'
import type { Layer, Progress } from '../driver.ts'
import { machinesWith, ownBlock, stored } from './content.ts'
import { copyPaced } from './host-files.ts'
import { type OfflineJobs, yieldMerges } from './merge.ts'
import { BLOCK_BYTES, type Blocks, type World } from './world.ts'

export async function flattenLayer(
  world: World,
  offline: OfflineJobs,
  layer: Layer,
  chain: readonly Layer[],
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (world.layers.has(layer.id)) return
  signal.throwIfAborted()
  const ids = new Set(chain.map(({ id }) => id))
  world.readers.add(ids)
  try {
    for (const jobs of [offline, ...[...world.machines.values()].map(machine => machine.jobs)]) {
      yieldMerges(jobs, job => ids.has(job.child))
    }
    const wanted = contentsOf(world, [...ids])
    if (world.freeBytes < wanted.size * BLOCK_BYTES) {
      throw new Failure('not_enough_space', 'The copy takes more than is free.')
    }
    const blocks = await copyPaced(world, wanted, onProgress, signal)
    world.layers.set(layer.id, { id: layer.id, sizeBytes: layer.sizeBytes, isImage: false, parentId: null, blocks })
  } finally {
    world.readers.delete(ids)
  }
}

/** Through the layers as given, from the top down: headers have no say. */
function contentsOf(world: World, chain: readonly LayerId[]): Blocks {
  const blocks: Blocks = new Map()
  for (const id of chain.toReversed()) {
    const [machine] = machinesWith(world, id)
    const own = new Set([...stored(world, id).blocks.keys(), ...(machine?.unflushed.get(id)?.keys() ?? [])])
    for (const block of own) blocks.set(block, ownBlock(world, machine, id, block) ?? 0)
  }
  return blocks
}
