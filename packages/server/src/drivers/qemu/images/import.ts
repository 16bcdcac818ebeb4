/**
 * An image comes in: opened once, looked into, copied through that open file to a draft, and the *copy* is looked into
 * again and checked by QEMU. Only then does it get its name, so what has that is whole and sound, and a call after a crash
 * at any point begins with a new draft or finds all done. What happens to the source meanwhile harms nobody; that it
 * changed is told, because half of it may be older than the rest.
 */

import { Failure } from '../../../errors.ts'
import type { ImageSource, Layer, Progress } from '../../driver.ts'
import type { LayerFiles } from '../layer-files.ts'
import type { NewFile } from '../own-file.ts'
import { checkInPlace, checkTables } from './check.ts'
import { copySparsely } from './copy.ts'
import { examine, type ImageDeps, type ImageFacts, openImage } from './inspect.ts'
import type { SourceFacts, SourceFile } from './source-file.ts'
import { inMb, rejected } from './words.ts'

/** How much of the progress is the copy; the rest is the check. */
const COPY_SHARE = 0.95

export async function inspectImage(deps: ImageDeps, source: ImageSource): Promise<ImageFacts> {
  const file = await openImage(deps, source.path)
  try {
    const facts = await examine(file, source.format, deps)
    if (source.inPlace) await checkInPlace(deps.host, source)
    return facts
  } finally {
    await file.close()
  }
}

export async function importImage(
  deps: ImageDeps & { readonly files: LayerFiles },
  layer: Layer,
  source: ImageSource,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<{ sizeBytes: number }> {
  const path = deps.paths.layer(layer)
  if (layer.file !== null) {
    const { sizeBytes } = await inspectImage(deps, { path, format: layer.format, inPlace: true })
    await checkTables(deps.host, path, layer.format, signal)
    return { sizeBytes }
  }
  await deps.files
    .make(layer, async draft => {
      await copyIn(deps, source.path, layer.format, draft, fraction => onProgress(fraction * COPY_SHARE), signal)
      await examineOwn(deps, draft, layer.format)
      await checkTables(deps.host, draft, layer.format, signal)
      signal.throwIfAborted()
    })
    .catch(error => {
      throw asNoSpace(error)
    })
  onProgress(1)
  const { sizeBytes } = await examineOwn(deps, path, layer.format)
  return { sizeBytes }
}

async function copyIn(
  deps: ImageDeps,
  path: string,
  format: ImageSource['format'],
  draft: string,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const file = await openImage(deps, path)
  try {
    await examine(file, format, deps)
    const before = await file.facts()
    signal.throwIfAborted()
    const isShared = await file.reflink(draft)
    const copy = await openDraft(deps, draft, isShared, before)
    try {
      if (!isShared) await copySparsely(file, copy, before.apparentBytes, onProgress, signal)
    } finally {
      await copy.close()
    }
    refuseChanged(before, await file.facts())
    onProgress(1)
  } finally {
    await file.close()
  }
}

/** A reflink takes no space to speak of. */
async function openDraft(
  { host, paths }: ImageDeps,
  draft: string,
  isShared: boolean,
  { allocatedBytes }: SourceFacts,
): Promise<NewFile> {
  if (isShared) return host.openNew(draft, { existing: true })
  const free = await host.freeBytes(paths.layers)
  if (free < allocatedBytes) {
    throw new Failure(
      'not_enough_space',
      `The image takes ${inMb(allocatedBytes)}; ${inMb(free)} are free where the layers are.`,
    )
  }
  return host.openNew(draft)
}

function refuseChanged(before: SourceFacts, after: SourceFacts): void {
  if (after.links === 0) throw rejected('It was removed while it was copied. Import it from a place where it stays.')
  if (after.stamp !== before.stamp) {
    throw rejected('It changed while it was copied. Import it once nothing writes to it.')
  }
}

/** The copy alone counts: its source may have shown another face before. */
async function examineOwn(deps: ImageDeps, path: string, format: ImageSource['format']): Promise<ImageFacts> {
  const copy: SourceFile = await deps.host.openSource(path)
  try {
    return await examine(copy, format, deps)
  } finally {
    await copy.close()
  }
}

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT'])

function asNoSpace(error: unknown): unknown {
  if (!NO_SPACE.has((error as NodeJS.ErrnoException).code ?? '')) return error
  return new Failure('not_enough_space', 'The file system of the layers was full before the image was copied.')
}
