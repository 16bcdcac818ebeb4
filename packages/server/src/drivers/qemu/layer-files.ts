/** Layers as files: made, removed, measured, read. */

import type { LayerId } from '../../domain/layers.ts'
import type { Layer } from '../driver.ts'
import type { Host } from './host.ts'
import { backingName, type GuestPaths } from './paths.ts'

export class LayerFiles {
  readonly #host: Host
  readonly #paths: GuestPaths

  constructor(host: Host, paths: GuestPaths) {
    this.#host = host
    this.#paths = paths
  }

  /** Built beside its final name and renamed, so that a file of that name is always whole. */
  async create(layer: Layer, parent: Layer): Promise<void> {
    const path = this.#paths.layer(layer)
    if (await this.#host.fileSize(path)) return
    const draft = `${path}.new`
    await this.#host.unlink(draft)
    // -u: the parent is not opened. It may be active in a running QEMU, whose lock is the truth.
    const options = ['-f', layer.format, '-u', '-b', backingName(parent), '-F', parent.format]
    await this.#host.run('qemu-img', ['create', '-q', ...options, draft, String(layer.sizeBytes)], this.#paths.layers)
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

  async readChain(top: Layer): Promise<LayerId[]> {
    // -U only reads: a running QEMU may hold the lock of the top.
    const args = ['info', '-U', '--backing-chain', '--output=json', '-f', top.format, this.#paths.layer(top)]
    const images = JSON.parse(await this.#host.run('qemu-img', args)) as { filename: string }[]
    return images.map(({ filename }) => {
      const id = /(?:^|\/)(\d+)\.(?:qcow2|raw)$/.exec(filename)?.[1]
      if (id === undefined) throw new Error(`the chain below layer ${top.id} names ${filename}, which is not a layer`)
      return Number(id)
    })
  }
}
