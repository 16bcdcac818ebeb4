/**
 * UEFI for the guests, from Debian's package ovmf: the program, and its variables as they are in a new machine. Both are
 * made for each other, together 4 MiB.
 */
import { Failure } from '../../errors.ts'
import type { Layer } from '../driver.ts'
import type { Host } from './host.ts'
import type { LayerFiles } from './layer-files.ts'

export const firmware = {
  program: '/usr/share/OVMF/OVMF_CODE_4M.fd',
  variables: '/usr/share/OVMF/OVMF_VARS_4M.fd',
}

/** Of the variables; null: this host has no UEFI. */
export async function nvramBytes(host: Host): Promise<number | null> {
  const program = await host.fileSize(firmware.program)
  const variables = await host.fileSize(firmware.variables)
  return program && variables ? variables.apparent : null
}

export async function createNvram(host: Host, files: LayerFiles, layer: Layer): Promise<void> {
  const bytes = await nvramBytes(host)
  if (bytes === null) throw new Failure('firmware_unavailable', 'UEFI is not installed on this host.')
  // QEMU maps them as flash memory, whose size is fixed.
  if (layer.sizeBytes !== bytes) throw new Error(`layer ${layer.id} has ${layer.sizeBytes} bytes; UEFI wants ${bytes}`)
  await files.make(layer, draft =>
    host.run('qemu-img', ['convert', '-f', 'raw', '-O', layer.format, firmware.variables, draft]),
  )
}
