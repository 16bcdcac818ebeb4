/** UEFI's variables, as far as they are bytes. */
import { Failure } from '../../errors.ts'
import type { Layer } from '../driver.ts'
import { createLayer } from './layers.ts'
import type { World } from './world.ts'

/** As Debian's package ovmf has them. */
export const NVRAM_BYTES = 540_672
/** What fills them in a new machine. */
const PRISTINE = 0xff

export async function createNvram(world: World, layer: Layer): Promise<void> {
  if (!world.hasFirmware) throw new Failure('firmware_unavailable', 'UEFI is not installed on this host.')
  if (layer.sizeBytes !== NVRAM_BYTES) throw new Error(`layer ${layer.id} is not of ${NVRAM_BYTES} bytes`)
  if (world.layers.has(layer.id)) return
  await createLayer(world, layer, null)
  world.layers.get(layer.id)?.blocks.set(0, PRISTINE)
}
