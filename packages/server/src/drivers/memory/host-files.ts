/** Files of the host that lie about in the world: what people bring as images. */
import { setImmediate as nextTick } from 'node:timers/promises'
import { Failure } from '../../errors.ts'
import type { ImageSource, Layer, Progress } from '../driver.ts'
import { BLOCK_BYTES, type Blocks, type HostFile, type World } from './world.ts'

export async function inspectImage(
  world: World,
  source: ImageSource,
): Promise<{ sizeBytes: number; allocatedBytes: number }> {
  const { sizeBytes, blocks } = look(world, source)
  return { sizeBytes, allocatedBytes: blocks.size * BLOCK_BYTES }
}

export async function importImage(
  world: World,
  layer: Layer,
  source: ImageSource,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<{ sizeBytes: number }> {
  const known = world.layers.get(layer.id)
  if (known) return { sizeBytes: known.sizeBytes }
  signal.throwIfAborted()
  const file = look(world, layer.file === null ? source : { path: layer.file, format: layer.format })
  if (layer.file !== null) {
    useInPlace(world, layer, file)
    return { sizeBytes: file.sizeBytes }
  }
  if (world.freeBytes < file.blocks.size * BLOCK_BYTES) {
    throw new Failure('not_enough_space', 'The image takes more than is free.')
  }
  const blocks = await copyPaced(world, file.blocks, onProgress, signal)
  if (world.files.get(source.path) !== file) throw rejected('It changed while it was copied.')
  world.layers.set(layer.id, { id: layer.id, sizeBytes: file.sizeBytes, isImage: true, parentId: null, blocks })
  return { sizeBytes: file.sizeBytes }
}

/** Once somebody stands on it, or imports it: a layer that reads the file itself. */
export function useInPlace(world: World, { id }: Pick<Layer, 'id'>, file: HostFile): void {
  world.layers.set(id, { id, sizeBytes: file.sizeBytes, isImage: true, parentId: null, blocks: file.blocks })
}

export function look(world: World, { path, format }: ImageSource): HostFile {
  const file = world.files.get(path)
  if (!file) throw rejected('There is no such file on the host.')
  if (file.problem !== null) throw rejected(file.problem)
  if (file.format !== format) throw rejected(`It is a ${file.format} image, not ${format}.`)
  return file
}

function rejected(text: string): Failure {
  return new Failure('image_rejected', text)
}

/** One block a tick; while merges are held, this is as well. Throws the signal's reason; ends with its service. */
export async function copyPaced(
  world: World,
  from: Blocks,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<Blocks> {
  const { service } = world
  const copy: Blocks = new Map()
  for (const [block, value] of from) {
    await nextTick()
    while (world.pace.held && copy.size > 0 && !signal.aborted) await untilReleased(world, signal)
    signal.throwIfAborted()
    if (world.service !== service) throw new Error('the service has ended')
    copy.set(block, value)
    onProgress(copy.size / from.size)
  }
  return copy
}

function untilReleased({ pace }: World, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const go = () => {
      pace.waiting.delete(go)
      signal.removeEventListener('abort', go)
      resolve()
    }
    pace.waiting.add(go)
    signal.addEventListener('abort', go)
  })
}
