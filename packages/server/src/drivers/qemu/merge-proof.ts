/**
 * Is every byte of the garbage layer in the child's file, on disk? QEMU's monitor cannot tell whether a flush failed
 * (`qemu-io` prints such things to QEMU's own output, or not at all), and what a pivot would lose is gone for good. So
 * before it, the tables on disk are read by another process that knows nothing of QEMU's caches.
 */
import type { Layer } from '../driver.ts'
import type { Host } from './host.ts'
import type { GuestPaths } from './paths.ts'

interface Extent {
  readonly start: number
  readonly length: number
}

/** Throws, naming the first range that is missing. */
export async function proveCopied(host: Host, paths: GuestPaths, garbage: Layer, child: Layer): Promise<void> {
  await host.sync(paths.layer(child))
  const wanted = await ownExtents(host, paths, garbage)
  const there = await ownExtents(host, paths, child)
  const missing = firstUncovered(wanted, there)
  if (!missing) return
  throw new Error(
    `layer ${child.id} does not hold bytes ${missing.start}–${missing.start + missing.length} of layer ${garbage.id} on disk`,
  )
}

/** What the layer's own file provides, not what lies below it. Ascending. */
async function ownExtents(host: Host, paths: GuestPaths, layer: Layer): Promise<Extent[]> {
  const node = { driver: layer.format, backing: null, file: { driver: 'file', filename: paths.layer(layer) } }
  // -U only reads: a running QEMU may hold the lock.
  const text = await host.run('qemu-img', ['map', '-U', '--output=json', `json:${JSON.stringify(node)}`])
  const extents = JSON.parse(text) as (Extent & { present: boolean })[]
  return extents.filter(extent => extent.present)
}

/** The first part of `wanted` that `there` does not cover; both ascending. */
export function firstUncovered(wanted: readonly Extent[], there: readonly Extent[]): Extent | undefined {
  let index = 0
  for (const { start, length } of wanted) {
    const end = start + length
    let at = start
    while (at < end) {
      let extent = there[index]
      while (extent && extent.start + extent.length <= at) extent = there[++index]
      if (!extent || extent.start > at) return { start: at, length: Math.min(end, extent?.start ?? end) - at }
      at = extent.start + extent.length
    }
  }
  return undefined
}
