/** Layers as files: made, removed, measured, read. */
import { resolve } from 'node:path'
import type { LayerId } from '../../domain/layers.ts'
import { Failure } from '../../errors.ts'
import type { Layer } from '../driver.ts'
import type { Host } from './host.ts'
import { backingName, type GuestPaths } from './paths.ts'
import { backingNameOf, HEADER_BYTES } from './qcow2-header.ts'

export class LayerFiles {
  readonly #host: Host
  readonly #paths: GuestPaths
  readonly #making = new Map<LayerId, Promise<unknown>>()

  constructor(host: Host, paths: GuestPaths) {
    this.#host = host
    this.#paths = paths
  }

  /**
   * Built beside its final name and renamed, so that a file of that name is always whole; one that is there is found
   * again. Whoever calls a second time while the first call is still being given up waits for its end: they share the
   * draft's name.
   */
  make(layer: Layer, build: (draft: string) => Promise<unknown>): Promise<void> {
    const before = this.#making.get(layer.id) ?? Promise.resolve()
    const made = before.then(() => this.#make(layer, build))
    const settled = made.catch(() => {})
    this.#making.set(layer.id, settled)
    void settled.then(() => {
      if (this.#making.get(layer.id) === settled) this.#making.delete(layer.id)
    })
    return made
  }

  async #make(layer: Layer, build: (draft: string) => Promise<unknown>): Promise<void> {
    const path = this.#paths.layer(layer)
    const draft = `${path}.new`
    if (!(await this.#host.fileSize(path))) {
      await this.#host.unlink(draft)
      try {
        await build(draft)
        await this.#host.sync(draft)
        await this.#host.rename(draft, path)
      } catch (error) {
        // What failed first is what is told; a draft that stays goes with the next try, or with the layer.
        await this.#host.unlink(draft).catch(() => {})
        throw error
      }
    }
    // Also where an earlier call was cut off right after the rename.
    await this.#host.sync(this.#paths.layers)
  }

  async create(layer: Layer, parent: Layer | null): Promise<void> {
    // -u: the parent is not opened. It may be active in a running QEMU, whose lock is the truth.
    const backing = parent ? ['-u', '-b', backingName(parent), '-F', parent.format] : []
    const create = ['create', '-q', '-f', layer.format, ...backing]
    await this.make(layer, draft =>
      this.#host.run('qemu-img', [...create, draft, String(layer.sizeBytes)], this.#paths.layers),
    )
  }

  /** Out of the way first, gone second: what is in the trash is nobody's. A file used in place never is. */
  async discard(layer: Layer): Promise<void> {
    if (layer.file !== null) return
    await this.#making.get(layer.id)
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
  async readChain(known: readonly Layer[]): Promise<LayerId[]> {
    const [top] = known
    if (!top) throw new Error('a chain has at least one layer')
    const chain = [top.id]
    for (let layer: Layer | OwnFile = top; ; ) {
      if (layer.format === 'raw') return chain
      const name = backingNameOf(await this.#readStart(layer))
      if (name === null) return chain
      layer = this.#layerNamed(name, known) ?? mismatch(`below layer ${layer.id} is a file that is no layer`)
      if (chain.includes(layer.id)) mismatch(`below layer ${top.id} the chain comes back to layer ${layer.id}`)
      chain.push(layer.id)
    }
  }

  /** One of ours may have been discarded since a header named it: an unknown outcome, to be looked at again. */
  #readStart(layer: OwnFile): Promise<Buffer> {
    return this.#host.readStart(this.#paths.layer(layer), HEADER_BYTES).catch(error => {
      if (layer.file === null || error.code !== 'ENOENT') throw error
      return mismatch(`the image of layer ${layer.id} is not where it was`)
    })
  }

  /** Files of ours carry their id; those that are used in place only their layers know. */
  #layerNamed(name: string, known: readonly Layer[]): Layer | OwnFile | undefined {
    const path = resolve(this.#paths.layers, name)
    const [, id, format] = /\/(\d+)\.(qcow2|raw)$/.exec(path) ?? []
    const own: OwnFile = { id: Number(id), format: format === 'raw' ? 'raw' : 'qcow2', file: null }
    if (id !== undefined && path === this.#paths.layer(own)) return own
    return known.find(layer => layer.file !== null && resolve(layer.file) === path)
  }
}

type OwnFile = Pick<Layer, 'id' | 'format' | 'file'>

function mismatch(text: string): never {
  throw new Failure('chain_mismatch', `On disk, ${text}.`)
}
