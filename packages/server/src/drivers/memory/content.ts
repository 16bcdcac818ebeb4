/** What is read through a chain of layers, and what becomes durable when. */
import type { LayerId } from '../../domain/layers.ts'
import { Failure } from '../../errors.ts'
import type { Blocks, RunningMachine, StoredLayer, World } from './world.ts'

export function stored(world: World, id: LayerId): StoredLayer {
  const layer = world.layers.get(id)
  if (!layer) throw new Failure('chain_mismatch', `Layer ${id} does not exist.`)
  return layer
}

/** From `top` down to the bottom as the headers say. */
export function headerChain(world: World, top: LayerId): LayerId[] {
  const chain: LayerId[] = []
  for (let id: LayerId | null = top; id !== null; id = stored(world, id).parentId) chain.push(id)
  return chain
}

/** The machine whose chains hold the layer. Several where it is shared. */
export function machinesWith(world: World, id: LayerId): RunningMachine[] {
  return [...world.machines.values()].filter(machine => machine.disks.some(disk => disk.chain.includes(id)))
}

/** The value of a block in this very layer, if it has the block. */
export function ownBlock(
  world: World,
  machine: RunningMachine | undefined,
  id: LayerId,
  block: number,
): number | undefined {
  return machine?.unflushed.get(id)?.get(block) ?? stored(world, id).blocks.get(block)
}

/** Every block that is not zero, read from `top` as a running machine sees it, else as the headers say. */
export function contents(world: World, top: LayerId): Blocks {
  const [machine] = machinesWith(world, top)
  const running = machine?.disks.find(disk => disk.chain.includes(top))?.chain
  const chain = running?.slice(running.indexOf(top)) ?? headerChain(world, top)
  const result: Blocks = new Map()
  for (const id of chain.toReversed()) {
    for (const [block, value] of stored(world, id).blocks) result.set(block, value)
    for (const [block, value] of machine?.unflushed.get(id) ?? []) result.set(block, value)
  }
  return new Map([...result].filter(([, value]) => value !== 0).sort(([a], [b]) => a - b))
}

/** The same, if every machine were killed now. */
export function durableContents(world: World, top: LayerId): Blocks {
  const result: Blocks = new Map()
  for (const id of headerChain(world, top).toReversed()) {
    for (const [block, value] of stored(world, id).blocks) result.set(block, value)
  }
  return new Map([...result].filter(([, value]) => value !== 0).sort(([a], [b]) => a - b))
}

export function writeUnflushed(machine: RunningMachine, id: LayerId, block: number, value: number): void {
  const blocks = machine.unflushed.get(id)
  if (blocks) blocks.set(block, value)
  else machine.unflushed.set(id, new Map([[block, value]]))
}

export function flush(world: World, machine: RunningMachine, id: LayerId): void {
  const { blocks } = stored(world, id)
  for (const [block, value] of machine.unflushed.get(id) ?? []) blocks.set(block, value)
  machine.unflushed.delete(id)
}
