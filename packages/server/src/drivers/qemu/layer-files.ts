/** Layers as files: made, removed, measured, read. */

import { resolve } from 'node:path'
import type { LayerId } from '../../domain/layers.ts'
import type { Layer } from '../driver.ts'
import type { Host } from './host.ts'
import { backingName, type GuestPaths } from './paths.ts'
import { backingNameOf, HEADER_BYTES } from './qcow2-header.ts'

export class LayerFiles {
  readonly #host: Host
  readonly #paths: GuestPaths

  constructor(host: Host, paths: GuestPaths) {
    this.#host = host
    this.#paths = paths
  }

  /** Built beside its final name and renamed, so that a file of that name is always whole. */
  async create(layer: Layer, parent: Layer | null): Promise<void> {
    const path = this.#paths.layer(layer)
    if (await this.#host.fileSize(path)) return
    const draft = `${path}.new`
    await this.#host.unlink(draft)
    // -u: the parent is not opened. It may be active in a running QEMU, whose lock is the truth.
    const backing = parent ? ['-u', '-b', backingName(parent), '-F', parent.format] : []
    await this.#host.run(
      'qemu-img',
      ['create', '-q', '-f', layer.format, ...backing, draft, String(layer.sizeBytes)],
      this.#paths.layers,
    )
    await this.#host.sync(draft)
    await this.#host.rename(draft, path)
    await this.#host.sync(this.#paths.layers)
  }

  /** Out of the way first, gone second: what is in the trash is nobody's. */
  async discard(layer: Layer): Promise<void> {
    const path = this.#paths.layer(layer)
    const trashed = this.#paths.trashed(layer)
    await this.#host.unlink(`${path}.new`)
    if (await this.#host.fileSize(path)) {
      await this.#host.rename(path, trashed)
      await this.#host.sync(this.#paths.layers)
      await this.#host.sync(this.#paths.trash)
    }
    await this.#host.unlink(trashed)
  }

  async measure(layers: readonly Layer[]): Promise<Map<LayerId, number>> {
    const sizes = new Map<LayerId, number>()
    for (const layer of layers) {
      const size = await this.#host.fileSize(this.#paths.layer(layer))
      if (size) sizes.set(layer.id, size.allocated)
    }
    return sizes
  }

  /** Reads only, and without a lock: a running QEMU may have the layers open. */
  async readChain(top: Layer): Promise<LayerId[]> {
    const chain = [top.id]
    let path = this.#paths.layer(top)
    for (;;) {
      const name = path.endsWith('.raw') ? null : backingNameOf(await this.#host.readStart(path, HEADER_BYTES))
      if (name === null) return chain
      path = resolve(this.#paths.layers, name)
      const id = /(?:^|\/)(\d+)\.(?:qcow2|raw)$/.exec(path)?.[1]
      if (id === undefined) throw new Error(`the chain below layer ${top.id} names ${name}, which is not a layer`)
      if (chain.includes(Number(id))) throw new Error(`the chain below layer ${top.id} comes back to layer ${id}`)
      chain.push(Number(id))
    }
  }
}
