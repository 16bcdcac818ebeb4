/**
 * A server of the suite: knows what its disks must hold, layer by layer, from what was written to it, and never from
 * what the driver says.
 */
import assert from 'node:assert/strict'
import type { ConsistencyRequest } from '../../domain/consistency.ts'
import type { LayerId } from '../../domain/layers.ts'
import type { CutDisk, CutReport, DiskChain, Layer, Machine, MergeJob } from '../driver.ts'
import { type ContractHarness, DISK_BYTES } from './harness.ts'

interface TestDisk {
  readonly diskId: number
  readonly slot: number
  readonly role: 'disk'
  /** From the active layer down to the image. */
  layers: Layer[]
  /** What the guest must read. */
  content: Map<number, number>
}

export class TestServer {
  readonly harness: ContractHarness
  readonly disks: readonly TestDisk[]
  readonly #machine: Machine
  /** Sealed layer → what must be read from it, for ever. */
  readonly #sealed = new Map<LayerId, { layer: Layer; content: Map<number, number> }>()

  private constructor(harness: ContractHarness, disks: readonly TestDisk[]) {
    this.harness = harness
    this.disks = disks
    this.#machine = harness.makeMachine(chainsOf(disks))
    for (const { layers, content } of disks) {
      const image = layers.at(-1) as Layer
      this.#sealed.set(image.id, { layer: image, content: new Map(content) })
    }
  }

  /** Every disk an empty layer on an image of its own. Not started. */
  static async make(harness: ContractHarness, count = 1): Promise<TestServer> {
    const disks: TestDisk[] = []
    for (let slot = 0; slot < count; slot++) {
      const content = new Map([
        [0, 0x11 + slot],
        [1, 0x22],
        [63, 0x33],
      ])
      const image = await harness.createImage(content)
      disks.push({
        diskId: harness.newId(),
        slot,
        role: 'disk',
        layers: [await layerOn(harness, image), image],
        content,
      })
    }
    return new TestServer(harness, disks)
  }

  /** One disk, an empty layer on this one, whose contents are known. Not started. */
  static async on(harness: ContractHarness, bottom: Layer, contents: ReadonlyMap<number, number>): Promise<TestServer> {
    const layers = [await layerOn(harness, bottom), bottom]
    return new TestServer(harness, [
      { diskId: harness.newId(), slot: 0, role: 'disk', layers, content: new Map(contents) },
    ])
  }

  static async running(harness: ContractHarness, count = 1): Promise<TestServer> {
    const server = await TestServer.make(harness, count)
    await server.start()
    return server
  }

  /** Another server on a sealed layer of this one. Not started. */
  async clone(from: Layer): Promise<TestServer> {
    const disk = this.#diskWith(from)
    const below = disk.layers.slice(disk.layers.indexOf(from))
    const content = new Map(this.#sealed.get(from.id)?.content)
    const layers = [await layerOn(this.harness, from), ...below]
    const server = new TestServer(this.harness, [
      { diskId: this.harness.newId(), slot: 0, role: 'disk', layers, content },
    ])
    for (const layer of below) {
      const known = this.#sealed.get(layer.id)
      if (known) server.#sealed.set(layer.id, known)
    }
    return server
  }

  get id(): number {
    return this.#machine.serverId
  }

  get machine(): Machine {
    return { ...this.#machine, disks: chainsOf(this.disks) }
  }

  start(): Promise<void> {
    return this.harness.driver.start(this.machine)
  }

  /** A layer of the first disk, counted from the top: 0 is the active one. */
  layer(depth: number, slot = 0): Layer {
    const layer = this.disks[slot]?.layers[depth]
    assert.ok(layer)
    return layer
  }

  /** Written and synced: whatever happens, it is there. */
  async write(block: number, value: number, slot = 0): Promise<void> {
    await this.writeUnsynced(block, value, slot)
    await this.harness.sync(this.id, slot)
  }

  /** Lost if the machine is killed now, kept by everything else. */
  async writeUnsynced(block: number, value: number, slot = 0): Promise<void> {
    await this.harness.write(this.id, slot, block, value)
    this.disks[slot]?.content.set(block, value)
  }

  /** Writes the blocks 2 to `count + 1`. */
  async fill(count: number, value: number): Promise<void> {
    for (let block = 2; block < count + 2; block++) await this.writeUnsynced(block, value)
    await this.harness.sync(this.id, 0)
  }

  /** New layers on every disk, made but neither attached nor cut. */
  async prepare(): Promise<CutDisk[]> {
    const cuts: CutDisk[] = []
    for (const { diskId, layers } of this.disks) {
      const from = layers[0] as Layer
      cuts.push({ diskId, from, to: await layerOn(this.harness, from) })
    }
    return cuts
  }

  async cut(request: ConsistencyRequest = 'crash'): Promise<CutReport> {
    const cuts = await this.prepare()
    await this.harness.driver.attach(this.id, cuts)
    const report = await this.harness.driver.cut(this.id, cuts, request)
    this.noteCut(cuts)
    return report
  }

  /** From now on the old layers are sealed: what they hold now they hold for ever. */
  noteCut(cuts: readonly CutDisk[]): void {
    cuts.forEach(({ from, to }, index) => {
      const disk = this.disks[index] as TestDisk
      this.#sealed.set(from.id, { layer: from, content: new Map(disk.content) })
      disk.layers = [to, ...disk.layers]
    })
  }

  /** Of the layer at this depth of the first disk into the one above it. */
  mergeOf(depth: number): MergeJob {
    const disk = this.disks[0] as TestDisk
    const layers = disk.layers
    const base = layers[depth + 1] ?? null
    return {
      id: this.harness.newId(),
      garbage: this.layer(depth),
      child: this.layer(depth - 1),
      base,
      chain: layers.slice(depth - 1),
    }
  }

  /** The garbage layer is out of the chain: nobody promises its content any more. */
  noteMerge(job: MergeJob): void {
    const disk = this.#diskWith(job.garbage)
    disk.layers = disk.layers.filter(layer => layer !== job.garbage)
    this.#sealed.delete(job.garbage.id)
  }

  /** Another server's merge of a layer that this one stands on as well. */
  noteMergeBelow(job: MergeJob): void {
    if (this.disks.some(disk => disk.layers.includes(job.garbage))) this.noteMerge(job)
  }

  /** A whole merge, recorded as a careful caller would; the garbage layer is gone afterwards. */
  async merge(job: MergeJob): Promise<void> {
    const { driver } = this.harness
    await driver.copyMerge(job, () => {}, new AbortController().signal)
    await driver.flushMerge(job)
    assert.equal(await driver.pivotMerge(job), true)
    this.noteMerge(job)
    await driver.discardLayer(job.garbage)
  }

  /** The machine runs on these chains, and its guest reads what was written. */
  async verifyRunning(): Promise<void> {
    const state = await this.harness.driver.inspect(this.id)
    assert.equal(state.state, 'running')
    assert.deepEqual(state.chains, chainIds(this.disks))
    for (const { slot, content } of this.disks) {
      for (const [block, value] of content) {
        assert.equal(await this.harness.read(this.id, slot, block), value, `block ${block} of the disk in slot ${slot}`)
      }
    }
  }

  /** No machine; the headers name these chains, and every layer holds what it must. */
  async verifyStopped(): Promise<void> {
    const state = await this.harness.driver.inspect(this.id)
    assert.equal(state.state, 'absent')
    assert.equal(state.chains.size, 0)
    for (const { layers, content } of this.disks) {
      const [active] = layers
      assert.ok(active)
      const ids = layers.map(layer => layer.id)
      assert.deepEqual(await this.harness.driver.readChain(layers), ids)
      assert.deepEqual(await this.harness.contents(active), sorted(content), `active layer ${active.id}`)
    }
    await this.verifySealed()
  }

  /** Not while a merge is under way. */
  async verifySealed(): Promise<void> {
    for (const { layer, content } of this.#sealed.values()) {
      assert.deepEqual(await this.harness.contents(layer), sorted(content), `sealed layer ${layer.id}`)
    }
  }

  /** Halted, verified, and started again: whatever only a cache held would be missed. */
  async verifyThroughRestart(): Promise<void> {
    await this.verifyRunning()
    await this.harness.driver.halt(this.id)
    await this.verifyStopped()
    await this.start()
    await this.verifyRunning()
  }

  #diskWith(layer: Layer): TestDisk {
    const disk = this.disks.find(one => one.layers.includes(layer))
    assert.ok(disk)
    return disk
  }
}

export async function layerOn(harness: ContractHarness, parent: Layer): Promise<Layer> {
  const layer = newLayer(harness)
  await harness.driver.createLayer(layer, parent)
  return layer
}

/** A layer that is not made yet. */
export function newLayer(harness: ContractHarness): Layer {
  return { id: harness.newId(), sizeBytes: DISK_BYTES, format: 'qcow2', isImage: false, file: null }
}

function chainsOf(disks: readonly TestDisk[]): DiskChain[] {
  return disks.map(({ diskId, slot, role, layers }) => ({ diskId, slot, role, layers }))
}

function chainIds(disks: readonly TestDisk[]): Map<number, LayerId[]> {
  return new Map(disks.map(({ diskId, layers }) => [diskId, layers.map(layer => layer.id)]))
}

function sorted(content: ReadonlyMap<number, number>): Map<number, number> {
  return new Map([...content].filter(([, value]) => value !== 0).sort(([a], [b]) => a - b))
}
