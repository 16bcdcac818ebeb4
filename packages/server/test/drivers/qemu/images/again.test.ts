/**
 * Whatever fails or is cut off: called again, imports and copies end right. Each effect on the host in turn fails, is
 * done and its answer lost, or is the last thing that the process did.
 */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../../../../test/support/needs.ts'
import type { Driver, Layer } from '../../../../src/drivers/driver.ts'
import { forge } from './forge.ts'
import { type ImageRig, never, openImageRig } from './rig.ts'

const SIZE = 1024 * 1024
const layerOf = (id: number): Layer => ({ id, sizeBytes: SIZE, format: 'qcow2', isImage: false, file: null })
const image: Layer = { ...layerOf(1), isImage: true }
const nvram = { ...layerOf(2), sizeBytes: 540_672 }

const works: Readonly<Record<string, (driver: Driver, path: string) => Promise<unknown>>> = {
  'the import of an image': (driver, path) => driver.importImage(image, { path, format: 'qcow2' }, () => {}, never),
  "UEFI's variables": driver => driver.createNvram(nvram),
  'a copy of a chain': async (driver, path) => {
    await driver.importImage(image, { path, format: 'qcow2' }, () => {}, never)
    await driver.flattenLayer(layerOf(3), [image], () => {}, never)
  },
}

/** `before`: not done. `after`: done, but nobody hears of it. `death`: nothing is done from here on. */
const faults = ['before', 'after', 'death'] as const
type Kind = (typeof faults)[number]

class Trouble {
  #left = 0
  #kind: Kind = 'before'
  #isDead = false
  hasStruck = false

  arm(nth: number, kind: Kind): void {
    this.#left = nth
    this.#kind = kind
    this.hasStruck = false
  }

  /** As another process, later. */
  end(): void {
    this.#left = 0
    this.#isDead = false
  }

  /** The same object whose methods may fail, and those of the files that it opens. */
  on<Port extends object>(port: Port): Port {
    const entries = Object.entries(port).map(([name, effect]) => {
      if (typeof effect !== 'function' || name === 'close') return [name, effect]
      return [name, (...args: unknown[]) => this.#happen(name, () => effect(...args))]
    })
    return Object.fromEntries(entries) as Port
  }

  async #happen(name: string, effect: () => unknown): Promise<unknown> {
    const strikes = this.#isDead || --this.#left === 0
    if (!strikes) {
      const result = await effect()
      return name === 'openNew' ? this.on(result as object) : result
    }
    this.hasStruck = true
    this.#isDead = this.#kind === 'death'
    if (this.#kind === 'after') await effect()
    throw new Error(`${name}: no answer`)
  }
}

for (const [name, work] of Object.entries(works)) {
  for (const kind of faults) {
    test(`${name}, ${kind} each effect`, { skip: needs('qemu-img') }, async t => {
      const trouble = new Trouble()
      const rig = await openImageRig(t, { change: host => trouble.on(host) })
      const path = join(rig.folder, 'image')
      await writeFile(path, forge())
      let nth = 1
      for (; ; nth++) {
        trouble.arm(nth, kind)
        const isDone = await work(rig.driver, path).then(
          () => true,
          () => false,
        )
        trouble.end()
        if (!trouble.hasStruck) break
        assert.equal(isDone, false, `nobody was told that effect ${nth} failed`)
        await work(rig.driver, path)
        await assertWhole(rig, path)
        for (const layer of [image, nvram, layerOf(3)]) await rig.driver.discardLayer(layer)
        assert.deepEqual(await rig.files(), [])
      }
      t.diagnostic(`${nth - 1} effects`)
      assert.ok(nth > 8)
    })
  }
}

async function assertWhole(rig: ImageRig, path: string): Promise<void> {
  const files = (await rig.files()).sort()
  assert.ok(files.length > 0 && files.every(file => /^\d\.qcow2$/.test(file)), `there are ${files.join(', ')}`)
  for (const file of files) {
    const layer = join(rig.paths.layers, file)
    await rig.run('qemu-img', 'check', '-q', layer)
    if (file === '1.qcow2') assert.ok((await readFile(layer)).equals(forge()))
    if (file === '3.qcow2') assert.match(await rig.run('qemu-img', 'compare', layer, path), /identical/)
  }
}
