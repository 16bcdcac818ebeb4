/**
 * A copy of a sealed chain that stands on nothing: `qemu-img convert`, reading exactly the layers that it is told, while
 * machines read them as well. (A header may skip a layer already whose bytes are not all in the one above: only the
 * caller knows what the chain is.) It takes its time, so merges that write to the chain give way and wait.
 */
import { Failure } from '../../errors.ts'
import { type Layer, LayerBusy, type Progress } from '../driver.ts'
import { ProgramFailed } from './follow.ts'
import { inMb } from './images/words.ts'
import type { MergeDeps } from './merge.ts'

type FlattenDeps = Pick<MergeDeps, 'host' | 'paths' | 'files' | 'machines' | 'benches'>

export async function flattenLayer(
  deps: FlattenDeps,
  layer: Layer,
  chain: readonly Layer[],
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> {
  await deps.files.make(layer, async draft => {
    signal.throwIfAborted()
    await checkSpace(deps, chain)
    await deps.host.run('qemu-img', ['create', '-q', '-f', layer.format, draft, String(layer.sizeBytes)])
    await deps.benches.without(
      chain.map(({ id }) => id),
      () => new LayerBusy('a whole copy of it is being made'),
      async () => {
        await deps.machines.stopMergesInto(chain)
        await convert(deps, draft, layer, chain, onProgress, signal)
      },
    )
  })
}

/** The most that it can take: what several layers have is copied once. */
async function checkSpace({ host, paths, files }: FlattenDeps, chain: readonly Layer[]): Promise<void> {
  const sizes = [...(await files.measure(chain)).values()]
  const wanted = Math.min(
    sizes.reduce((sum, size) => sum + size, 0),
    chain[0]?.sizeBytes ?? 0,
  )
  const free = await host.freeBytes(paths.layers)
  if (free >= wanted) return
  throw new Failure(
    'not_enough_space',
    `The copy may take ${inMb(wanted)}; ${inMb(free)} are free where the layers are.`,
  )
}

/** Progress is what it prints: `    (12.34/100%)`. */
async function convert(
  { host, paths }: FlattenDeps,
  draft: string,
  layer: Layer,
  chain: readonly Layer[],
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> {
  // -n --target-is-zero: into the draft as it was made, whose size may be larger. Written through a cache that is flushed.
  const target = ['-n', '--target-is-zero', '-t', 'writeback', '-O', layer.format]
  const onText = (text: string) => {
    const percent = [...text.matchAll(/\((\d+\.\d+)\/100%\)/g)].at(-1)?.[1]
    if (percent !== undefined) onProgress(Math.min(1, Number(percent) / 100))
  }
  const source = `json:${JSON.stringify(asNodes(paths, chain))}`
  await host.follow('qemu-img', ['convert', '-p', ...target, source, draft], { onText, signal }).catch(error => {
    if (error instanceof ProgramFailed && error.message.includes(NO_SPACE)) {
      throw new Failure('not_enough_space', 'The file system of the layers was full before the copy was made.')
    }
    throw error
  })
}

/** The C library's words for ENOSPC in the C locale: QEMU ends with the same code whatever went wrong. */
const NO_SPACE = 'No space left on device'

/** The chain from its top down as one node within another; headers have no say in what stands on what. */
function asNodes(paths: FlattenDeps['paths'], [layer, ...below]: readonly Layer[]): Record<string, unknown> | null {
  if (!layer) return null
  const file = { driver: 'file', filename: paths.layer(layer), locking: 'on' }
  const backing = layer.format === 'qcow2' ? { backing: asNodes(paths, below) } : {}
  return { driver: layer.format, file, ...backing }
}
